"""Drivers' responses to offers. PostgreSQL decides; Redis, the rider and the bus are told after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from rideflow.dispatch.best_effort import best_effort
from rideflow.dispatch.errors import AlreadyOnTripError, OfferAcceptedError, OfferNotFoundError
from rideflow.dispatch.messages import ExpireOffers
from rideflow.dispatch.model import Assignment, Promise
from rideflow.dispatch.notifiers import DriverNotifier, notify_assigned, notify_promise_broken, notify_promised
from rideflow.dispatch.ports import AirportQueues, DriverReservations, TickScheduler
from rideflow.dispatch.refusals import refusal
from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.clock import Clock
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.queues import Queue
from rideflow.realtime.ports import FramePusher
from rideflow.supply.model import PlacedDriver
from rideflow.trips.events import DriverAssigned


@dataclass(frozen=True, slots=True)
class OfferResponses:
    """The use cases of a driver who responds to an offer: accept and decline."""

    offers: PostgresOffers
    reservations: DriverReservations
    queues: AirportQueues
    realtime: FramePusher
    outbox: Outbox
    ticks: TickScheduler
    expiries: Queue
    clock: Clock

    def accept(self, driver_id: UUID, trip_id: UUID) -> bool | Promise:
        """Accept an offer. The first accept wins; False for the winner's repeat, which succeeds too.

        A driver who is on a trip promises to take this one next, and the promise is returned.

        Raises `OfferNotFoundError`, or the conflict by which the accept did not win (`refusals.refusal`).
        """
        now, event_id = self.clock(), uuid7()
        won = self.offers.accept(trip_id, driver_id, event_id, now)
        if won is None:
            refused = refusal(self.offers.lost(trip_id, driver_id, now))
            if refused is not None:
                count("AcceptLost", reason=refused.code)
                raise refused
            return False
        if isinstance(won, Promise):
            self._promised(won, now)
            return won
        self._assigned(won, event_id, now)
        return True

    def keep_promise(self, driver_id: UUID, completed_at: datetime | None = None) -> None:
        """Give the driver the trip that they promised to take next. A late or repeated call does no harm.

        If the rider cancelled, or the driver went offline, the event of that ends the promise. The assignment is always
        later than `completed_at`, even if our clock is behind, because consumers order the two trips by their times.
        """
        trip_id = self.offers.promised(driver_id)
        if trip_id is None:
            return
        now, event_id = self.clock(), uuid7()
        if completed_at is not None:
            now = max(now, completed_at + timedelta(milliseconds=1))
        try:
            kept = self.offers.accept(trip_id, driver_id, event_id, now)
        except AlreadyOnTripError:  # they took another trip at the same time, and its event ends the promise
            return
        if isinstance(kept, Assignment):
            count("PromiseKept")
            self._assigned(kept, event_id, now)

    def decline(self, driver_id: UUID, trip_id: UUID) -> None:
        """Decline an offer: the driver is not offered the trip again. A repeat succeeds.

        Raises `OfferNotFoundError`, `OfferAcceptedError`.
        """
        now = self.clock()
        declined = self.offers.decline(trip_id, driver_id, now)
        if declined is None:
            lost = self.offers.lost(trip_id, driver_id, now)
            if lost is None:
                raise OfferNotFoundError("This trip was not offered to you.")
            if lost.state == "accepted":
                raise OfferAcceptedError("You accepted this offer; cancel the trip instead.")
            return
        best_effort(partial(self.queues.move_to_end, [declined.passed], now))
        best_effort(partial(self.reservations.release, [declined.driver], now))
        self._tick([declined.zone])
        DriverNotifier(self.realtime).promises_ended([declined], now)

    def _assigned(self, won: Assignment, event_id: UUID, now: datetime) -> None:
        """Update Redis, publish the event, schedule ticks, and notify the people.

        If Redis cannot be updated now, it is updated when the event is consumed. People are notified last, so that an
        app that takes no frame does not delay the event.
        """
        best_effort(partial(self.reservations.assign, won.driver_zone, won.trip_change, won.other_drivers, now))
        self.outbox.publish([_event(event_id, won)])
        self._tick(won.other_zones)
        notify_assigned(self.realtime, event_id, won)
        for trip in won.broken_promises:
            notify_promise_broken(self.realtime, trip, won.driver_id, now)

    def _promised(self, promise: Promise, now: datetime) -> None:
        """Reserve the driver for as long as the promise holds, so that no tick asks them even after the dropoff.

        A new promise also gets its end scheduled, and its rider and the other drivers are notified.
        """
        driver = PlacedDriver(promise.driver_id, promise.driver_zone)
        best_effort(partial(self.reservations.reserve, driver, promise.until))
        if promise.is_new:
            ends = ExpireOffers(zone=promise.zone), max(promise.until - now, timedelta(0))
            best_effort(partial(self.expiries.send, *ends))
            best_effort(partial(self.reservations.release, promise.other_drivers, now))
            self._tick(promise.other_zones)
            notify_promised(self.realtime, promise, now)

    def _tick(self, zones: Sequence[str]) -> None:
        for zone in zones:
            best_effort(partial(self.ticks.now, zone))


def _event(event_id: UUID, won: Assignment) -> DriverAssigned:
    return DriverAssigned.model_validate(
        {
            "id": event_id,
            "at": won.at,
            "trip_id": won.trip_id,
            "rider_id": won.rider_id,
            "driver_id": won.driver_id,
            "version": won.version,
            "state": won.state,
            "zone": won.zone,
            "market": won.market,
            "vehicle": won.vehicle,
        }
    )
