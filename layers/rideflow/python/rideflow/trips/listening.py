"""Sweeping the trips that somebody drives: is the driver's phone heard?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from rideflow.kernel.cities import zones
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count
from rideflow.trips.errors import TripConflictError
from rideflow.trips.model import Change, Trip
from rideflow.trips.rules import silence_rules_of
from rideflow.trips.service import Trips
from rideflow.trips.silence import SILENT_AFTER, Deed, DrivenTrip, Silence, due, left_alone

if TYPE_CHECKING:
    from rideflow.trips.silence_store import PostgresSilences

LONGEST_GAP = timedelta(seconds=150)
"""Sweeps come each minute. After a longer pause, who knows what was said meanwhile."""

TOO_MANY_TO_BE_SILENT = 10
"""If none of so many drivers is heard, it is we who are deaf: a broken route for positions is nobody's silence."""


class Ears(Protocol):
    """Tells when drivers' phones were last heard."""

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> Mapping[UUID, datetime]:
        """Drivers of whom no position is known are missing. Raises `UnavailableError`."""
        ...


@dataclass(frozen=True, slots=True)
class SilentTrips:
    """Finds trips whose driver is silent, and does what `silence` says. Runs may overlap and be repeated.

    A trip is changed only as it was found: whatever its driver does to it meanwhile comes first.
    """

    store: PostgresSilences
    trips: Trips
    ears: Ears
    clock: Clock

    def sweep(self) -> dict[str, int]:
        """Do what is due; says how often it did what."""
        done: dict[str, int] = dict.fromkeys(("handed_back", "listed", "ended"), 0)
        driven = self.store.driven()
        self.store.forget_ended()
        for city in dict.fromkeys(zone.city for zone in zones()):  # also one without trips: we listen all the time
            self._sweep(city, [trip for trip in driven if trip.city == city], done)
        return done

    def _sweep(self, city: str, trips: Sequence[DrivenTrip], done: dict[str, int]) -> None:
        now, rules = self.clock(), silence_rules_of(city)
        silences = self._silences(city, trips, now)
        deeds = {trip: due(trip.state, silences[trip], now, rules) for trip in trips}
        quiet = {trip: each for trip, each in silences.items() if each.is_assumed or now - each.since >= SILENT_AFTER}
        listed = {trip for trip, deed in deeds.items() if deed in (Deed.LIST, Deed.END)}
        if any(silence.listened_since for silence in silences.values()):
            self.store.put(quiet, listed, heard=[trip for trip in trips if trip not in quiet], now=now)
            done["listed"] += len(listed)
        for trip, deed in deeds.items():
            if deed in (Deed.HAND_BACK, Deed.END) and self._left_alone(trip, silences[trip], now):
                done["handed_back" if deed is Deed.HAND_BACK else "ended"] += 1
                count("SilentTrip", deed=deed)

    def _silences(self, city: str, trips: Sequence[DrivenTrip], now: datetime) -> dict[DrivenTrip, Silence]:
        heard, listened_since = self._listen(city, trips, now)
        return {trip: _silence(trip, heard, listened_since, now) for trip in trips}

    def _listen(
        self, city: str, trips: Sequence[DrivenTrip], now: datetime
    ) -> tuple[Mapping[UUID, datetime] | None, datetime | None]:
        """When each driver was last heard, and since when we listen; None of both while we cannot."""
        try:
            here = [zone.id for zone in zones() if zone.city == city]
            heard = self.ears.last_heard([trip.driver_id for trip in trips], here)
        except UnavailableError:
            count("DriversNotHeard", reason="unavailable")
            return None, None
        if len(trips) >= TOO_MANY_TO_BE_SILENT and all(now - at >= SILENT_AFTER for at in heard.values()):
            count("DriversNotHeard", reason="nobody")
            return heard, None
        return heard, self.store.listened(city, now, LONGEST_GAP)

    def _left_alone(self, found: DrivenTrip, silence: Silence, now: datetime) -> bool:
        """Whether the trip was still as it was found, and was changed."""
        decided: list[Change | None] = []

        def decide(trip: Trip) -> Change | None:
            decided.append(left_alone(trip, silence, now) if trip.version == found.version else None)
            return decided[-1]

        with suppress(TripConflictError):
            self.trips.change(found.trip_id, decide)
        return bool(decided) and decided[-1] is not None


def _silence(
    trip: DrivenTrip, heard: Mapping[UUID, datetime] | None, listened_since: datetime | None, now: datetime
) -> Silence:
    """
    | a position is    | the last sign of life is                                                            |
    |------------------|-------------------------------------------------------------------------------------|
    | known            | it, or what the driver last did to the trip                                         |
    | not to be read   | what sweeps before have found, or what the driver last did                          |
    | lost, with Redis | what sweeps before have found; if they found nothing, the phone has until the next  |
    """
    if heard is not None and trip.driver_id in heard:
        return Silence(max(heard[trip.driver_id], trip.last_act_at), listened_since)
    if heard is None or trip.silent_since is not None:
        return Silence(max(trip.silent_since or trip.last_act_at, trip.last_act_at), listened_since, heard is not None)
    return Silence(now, listened_since, is_assumed=True)
