"""Stalled trips: the work of a saga that did not run is asked for again, or the trip is ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.fault_isolation import isolated
from rideflow.kernel.outbox import Outbox
from rideflow.trips.errors import TripBusyError, TripConflictError
from rideflow.trips.events import TripEvent, announced
from rideflow.trips.model import MATCHING, REQUESTED, RIDERS_PATIENCE, Change, LogEntry, Trip, TripState
from rideflow.trips.service import Trips

if TYPE_CHECKING:
    from rideflow.trips.store import PostgresTrips

REPUBLISH_AFTER = timedelta(minutes=1)
"""A trip that is still `requested` after this time may have no saga: holding the money takes seconds, unless the
rider's bank wants them. A saga that runs is not started twice."""

SAGA_ENDS_WITHIN = timedelta(minutes=2)
"""The time for the saga to end the trip by itself after the rider's patience."""

GIVE_UP_AFTER = RIDERS_PATIENCE + SAGA_ENDS_WITHIN
"""The rider's patience, and the saga's time. A scheduled ride's rider waits until `waits_until`."""

SETTLE_AFTER = timedelta(minutes=5)
"""A settlement that is not done after this time may have no saga. A saga that runs is not started twice."""

_LIMIT = 200


class StalledTrips:
    """Finds trips whose saga never started, or died. Every step may be repeated, so runs may overlap.

    | the trip is                           | for longer than    | then                                        |
    |---------------------------------------|--------------------|---------------------------------------------|
    | requested                             | `REPUBLISH_AFTER`  | `TripRequested` again                       |
    | requested                             | `GIVE_UP_AFTER`    | cancelled by us                             |
    | matching                              | `GIVE_UP_AFTER`    | no driver found                             |
    | completed, cancelled, no_driver_found | `SETTLE_AFTER`     | the event of its end again, until settled   |

    A settlement that waits for its next attempt at a capture has not stalled.
    """

    def __init__(self, store: PostgresTrips, trips: Trips, outbox: Outbox, clock: Clock) -> None:
        self._store = store
        self._trips = trips
        self._outbox = outbox
        self._clock = clock

    def sweep(self) -> dict[str, int]:
        """Do what is due. Returns how often each step was done."""
        now = self._clock()
        cancelled = self._ended(self._waited_in_vain(REQUESTED, now), self._trips.cancel_overdue)
        not_found = self._ended(self._waited_in_vain(MATCHING, now), self._trips.give_up)
        return {
            "given_up": cancelled + not_found,
            "requests_republished": self._republish(self._store.unmatched(REQUESTED, now - REPUBLISH_AFTER, _LIMIT)),
            "settlements_republished": self._republish(self._store.unsettled(now - SETTLE_AFTER, now, _LIMIT)),
        }

    def _waited_in_vain(self, state: TripState, now: datetime) -> list[Trip]:
        ended_before = now - SAGA_ENDS_WITHIN
        return self._store.unmatched(state, now - GIVE_UP_AFTER, _LIMIT, waits_ended_before=ended_before)

    def _ended(self, trips: Iterable[Trip], end: Callable[[UUID], Trip]) -> int:
        """End the trips. Returns how many were ended."""
        ended = 0
        for trip in trips:
            with isolated("stalled_trip", trip.id), suppress(TripConflictError, TripBusyError):  # it was changed
                end(trip.id)
                ended += 1
        return ended

    def _republish(self, trips: Iterable[Trip]) -> int:
        events: list[TripEvent] = []
        for trip in trips:
            with isolated("stalled_trip", trip.id):
                events += self._last_told(trip)
        self._outbox.announce(*events)
        return len(events)

    def _last_told(self, trip: Trip) -> list[TripEvent]:
        """The event of the trip's last change, as a new event."""
        entry: LogEntry = self._store.log(trip.id)[-1]
        return announced(Change(trip, entry))
