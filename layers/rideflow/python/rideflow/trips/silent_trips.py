"""The sweep of trips that have a driver. It finds silent phones, and trips that stay too long in a state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.fault_isolation import isolated
from rideflow.kernel.observability import count
from rideflow.markets.model import Markets
from rideflow.markets.rules import Rules
from rideflow.trips import stays
from rideflow.trips.errors import TripBusyError, TripConflictError
from rideflow.trips.evidence import NOTHING_SEEN, DriverSightings
from rideflow.trips.model import IN_PROGRESS, Change, Trip
from rideflow.trips.service import Trips
from rideflow.trips.silence import SILENT_AFTER, DrivenTrip, DueAction, Silence, due, taken_from_silent_driver

if TYPE_CHECKING:
    from rideflow.trips.silence_store import PostgresSilences

LONGEST_GAP = timedelta(seconds=150)
"""Sweeps run each minute. If the pause between two is longer, it is not known what phones sent in it."""

TOO_MANY_TO_BE_SILENT = 10
"""If none of this many drivers is heard, the fault is ours, such as a broken route for positions."""

_ENDS = (DueAction.HAND_BACK, DueAction.END)


class DriverSignals(DriverSightings, Protocol):
    """Reads positions, and when drivers' phones were last heard."""

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> Mapping[UUID, datetime]:
        """The time at which each driver's phone was last heard. Drivers without a known position are missing.

        Raises `UnavailableError`.
        """
        ...


@dataclass(frozen=True, slots=True)
class SilentTrips:
    """Finds trips whose driver is silent, or which stay too long in a state, and acts by `silence` and `stays`.

    Runs may overlap and be repeated. A trip is changed only if it is still as it was found, so a change by its driver
    comes first. Phones cannot be heard in a withdrawn market: its trips end by `stays`, or after the longest silence.
    """

    store: PostgresSilences
    trips: Trips
    signals: DriverSignals
    markets: Markets
    clock: Clock

    def sweep(self) -> dict[str, int]:
        """Do what is due. Returns how often each action was done."""
        done: dict[str, int] = dict.fromkeys(("handed_back", "listed", "ended"), 0)
        driven = self.store.driven()
        self.store.forget_ended()
        listening = [market.id for market in self.markets.all]  # also those without trips, so that no gap arises
        for market_id in dict.fromkeys([*listening, *(trip.market for trip in driven)]):
            self._sweep(market_id, [trip for trip in driven if trip.market == market_id], done)
        return done

    def _sweep(self, market_id: str, trips: Sequence[DrivenTrip], done: dict[str, int]) -> None:
        now, rules = self.clock(), self.markets.rules_of(market_id)
        silences = self._silences(market_id, trips, now)
        due_actions = {trip: due(trip.state, silences[trip], now, rules.silence) for trip in trips}
        quiet = {trip: each for trip, each in silences.items() if each.is_assumed or now - each.since >= SILENT_AFTER}
        listed = {trip for trip, action in due_actions.items() if action in (DueAction.LIST, DueAction.END)}
        if any(silence.listened_since for silence in silences.values()):
            self.store.put(quiet, listed, heard=[trip for trip in trips if trip not in quiet], now=now)
            done["listed"] += len(listed)
        for trip, action in due_actions.items():
            if action in _ENDS:
                self._take_out(trip, action, partial(taken_from_silent_driver, silence=silences[trip], now=now), done)
            else:
                stay = stays.due(trip, now, rules.stays.by_state[trip.state])
                self._take_out(trip, stay, partial(self._stayed_too_long, now=now, rules=rules), done)

    def _take_out(
        self, trip: DrivenTrip, action: DueAction, decide: Callable[[Trip], Change | None], done: dict[str, int]
    ) -> None:
        """Hand the trip back or end it, if that is the due action."""
        if action not in _ENDS:
            return
        with isolated("driven_trip", trip.trip_id):
            if self._changed(trip, decide):
                done["handed_back" if action is DueAction.HAND_BACK else "ended"] += 1
                count("SilentTrip", action=action)

    def _stayed_too_long(self, trip: Trip, now: datetime, rules: Rules) -> Change | None:
        seen = self.trips.sightings(trip) if trip.state is IN_PROGRESS else NOTHING_SEEN
        return stays.taken_out(trip, seen, now, rules.stays.by_state[trip.state], rules.arrival)

    def _silences(self, market_id: str, trips: Sequence[DrivenTrip], now: datetime) -> dict[DrivenTrip, Silence]:
        heard, listened_since = self._listen(market_id, trips, now)
        return {trip: _silence(trip, heard, listened_since, now) for trip in trips}

    def _listen(
        self, market_id: str, trips: Sequence[DrivenTrip], now: datetime
    ) -> tuple[Mapping[UUID, datetime] | None, datetime | None]:
        """The time at which each driver was last heard, and since when phones are heard; None for what is not known."""
        zone_ids = self.markets.zone_ids_of(market_id)
        if not zone_ids:
            count("DriversNotHeard", reason="withdrawn")
            return None, None
        try:
            heard = self.signals.last_heard([trip.driver_id for trip in trips], zone_ids)
        except UnavailableError:
            count("DriversNotHeard", reason="unavailable")
            return None, None
        if len(trips) >= TOO_MANY_TO_BE_SILENT and all(now - at >= SILENT_AFTER for at in heard.values()):
            count("DriversNotHeard", reason="nobody")
            return heard, None
        return heard, self.store.listened(market_id, now, LONGEST_GAP)

    def _changed(self, found: DrivenTrip, decide: Callable[[Trip], Change | None]) -> bool:
        """Change the trip if it is still as it was found. Returns whether it was changed."""
        decided: list[Change | None] = []

        def as_found(trip: Trip) -> Change | None:
            decided.append(decide(trip) if trip.version == found.version else None)
            return decided[-1]

        with suppress(TripConflictError, TripBusyError):
            self.trips.change(found.trip_id, as_found)
        return bool(decided) and decided[-1] is not None


def _silence(
    trip: DrivenTrip, heard: Mapping[UUID, datetime] | None, listened_since: datetime | None, now: datetime
) -> Silence:
    """The silence of the trip's driver.

    | a position is    | the last sign of life is                                                                   |
    |------------------|--------------------------------------------------------------------------------------------|
    | known            | the time of the position, or of the driver's last change of the trip if that is later      |
    | not readable     | the beginning of the silence that earlier sweeps found, or the last look if the phone was  |
    |                  | heard then; or the driver's last change of the trip if that is later                       |
    | lost with Redis  | the beginning of the silence that earlier sweeps found; else now, so that the phone has    |
    |                  | time until the next look                                                                   |
    """
    if heard is not None and trip.driver_id in heard:
        return Silence(max(heard[trip.driver_id], trip.last_act_at), listened_since)
    if heard is not None and trip.silent_since is None:
        return Silence(now, listened_since, is_assumed=True)
    last = trip.silent_since or trip.looked_at or trip.last_act_at
    return Silence(max(last, trip.last_act_at), listened_since, is_assumed=heard is not None)
