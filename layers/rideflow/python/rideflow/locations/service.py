"""Recording positions, live tracking, nearby search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from rideflow.kernel.cities import OutsideServiceAreaError, service_areas, zone_at, zones, zones_reached
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import count
from rideflow.kernel.travel import TravelTimes
from rideflow.kernel.vehicles import VehicleClass
from rideflow.kernel.zone_by_zone import first_in, in_each
from rideflow.locations.frames import DriverPosition
from rideflow.supply.errors import DriverNotOnlineError, NotInQueueError
from rideflow.supply.keys import VEHICLE_CLASSES
from rideflow.supply.model import (
    STALE_AFTER,
    Admission,
    Elsewhere,
    NearbyDriver,
    PhoneClock,
    PlaceInQueue,
    Position,
    Recorded,
    TripChange,
    TripInHand,
    Verdict,
    is_stale,
    milliseconds,
)
from rideflow.supply.positions import RedisPositions


class Roster(Protocol):
    """What is known of drivers where nothing is lost."""

    def admission(self, driver_id: UUID) -> Admission | None: ...


class Push(Protocol):
    """Sends a frame to a person's apps; never raises."""

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int: ...  # noqa: A002 - the wire's


@dataclass(frozen=True, slots=True)
class Locations:
    """Where drivers are. The roster is made when it is asked, which is seldom."""

    positions: RedisPositions
    roster: Callable[[], Roster]
    realtime: Push
    travel_times: TravelTimes
    clock: Clock

    def record(
        self, driver_id: UUID, positions: Sequence[Position | None], sent_at: datetime | None = None
    ) -> Recorded:
        """Judge the driver's positions, and apply those that are believed in one Redis round trip.

        None stands for a position that cannot be read. `sent_at` is by the phone's clock. The rider of the driver's
        trip is told of the newest. Raises `DriverNotOnlineError`.
        """
        verdicts: list[Verdict] = ["invalid" if position is None else "outside_service_area" for position in positions]
        ordered = _oldest_first(positions)
        places = [(number, position, zone) for number, position in ordered if (zone := _zone_of(position)) is not None]
        clock = PhoneClock.of([position for _, position in ordered], sent_at)
        recorded = self._recorded(
            driver_id, [position for _, position, _ in places], [zone for *_, zone in places], clock
        )
        newest = None
        for (number, position, _), verdict in zip(places, recorded.verdicts, strict=True):
            verdicts[number] = verdict
            newest = position if verdict == "accepted" else newest
        for verdict in verdicts:
            if verdict != "accepted":
                count("PositionRejected", reason=verdict)
        if newest is not None and recorded.trip is not None:
            self._tell_rider(recorded.trip, newest, timedelta(milliseconds=recorded.clock_slow_ms))
        return Recorded(tuple(verdicts), recorded.trip, recorded.matchable, recorded.clock_slow_ms)

    def nearby(
        self, place: Point, radius_m: float, vehicle_class: VehicleClass | None, limit: int
    ) -> list[NearbyDriver]:
        """The nearest free drivers, on both sides of a border. Raises `OutsideServiceAreaError`."""
        classes = VEHICLE_CLASSES if vehicle_class is None else (vehicle_class,)
        zone, now = zone_at(place).id, self.clock()
        found = self.positions.nearby(zone, place, radius_m, classes=classes, limit=limit, now=now)
        for beside in zones_reached(zone, place, radius_m):
            try:
                found += self.positions.nearby(beside, place, radius_m, classes=classes, limit=limit, now=now)
            except UnavailableError:
                count("NeighbourUnseen", zone=beside)
        return sorted(found, key=lambda driver: driver.distance_m)[:limit]

    def place_in_queue(self, driver_id: UUID) -> PlaceInQueue:
        """Where the driver stands in an airport's queue. Raises `NotInQueueError`."""
        now = self.clock()
        with_queues = dict.fromkeys(fifo.zone for fifo in service_areas().fifos)
        found = first_in(with_queues, lambda zone: self.positions.place_in_queue(zone, driver_id, now))
        if found is None:
            raise NotInQueueError("You are in no queue: wait for trips in an airport's waiting area.")
        return found[1]

    def eta_s(self, driver: NearbyDriver) -> int:
        """Expected seconds until the driver could be at the place that was asked for."""
        return round(self.travel_times.seconds(driver.distance_m))

    def change_trip(self, change: TripChange) -> None:
        """A trip began, went on or ended for its driver, who may be in another zone than the trip began in."""
        in_each(_every_zone(), lambda zone: self.positions.change_trip(zone, change, self.clock()))

    def forget(self, driver_id: UUID, version: int) -> None:
        """The driver went offline, as of that version; late news of one who is back since changes nothing."""
        in_each(_every_zone(), lambda zone: self.positions.forget(zone, driver_id, unless_admitted_at=version))

    def expect(self, zone: str, driver_id: UUID, version: int) -> None:
        """The driver went online, as of that version, maybe in another vehicle than before.

        A phone that never sends a position is missed like one that stops; the first may have come before this news.
        """
        self.forget(driver_id, version)
        self.positions.watch(zone, [driver_id], self.clock())

    def look_again(self, driver_id: UUID) -> None:
        """Something changed that matching asks of the driver: it is read where nothing is lost. Others are unknown."""
        admission = self.roster().admission(driver_id)
        if admission is not None:
            in_each(_every_zone(), lambda zone: self.positions.put_traits(zone, driver_id, admission.traits))

    def _recorded(
        self, driver_id: UUID, positions: Sequence[Position], in_zones: Sequence[str], clock: PhoneClock | None
    ) -> Recorded:
        """Positions are judged where the driver is known, and admit them to another zone only if they are believed.

        A driver who went online a moment ago may be forgotten between two steps, by late news of the shift before.
        """
        zone = in_zones[-1] if in_zones else self._zone_that_knows(driver_id) or self._admit(None, driver_id)
        while True:
            now = self.clock()
            recorded = self.positions.record(zone, driver_id, positions, now, in_zones=in_zones, clock=clock)
            if isinstance(recorded, Recorded):
                return recorded
            if isinstance(recorded, Elsewhere):
                zone = self._admit(recorded.zone, driver_id)
            else:
                zone = self._zone_that_knows(driver_id) or self._admit(zone, driver_id)

    def _zone_that_knows(self, driver_id: UUID) -> str | None:
        """A zone that does not answer is as good as one that does not know the driver: its sweep forgets them later."""
        for zone in _every_zone():
            try:
                if self.positions.knows(zone, driver_id):
                    return zone
            except UnavailableError:
                count("NeighbourUnseen", zone=zone)
        return None

    def _admit(self, zone: str | None, driver_id: UUID) -> str:
        """The rare path: the first position, the first in a zone, or the first after Redis was lost.

        Without a zone it is the one in which the driver went online. An offer that they brought from another zone stays
        theirs to answer, and what was believed of them there is believed here. Answers the zone.
        """
        admission = self.roster().admission(driver_id)
        if admission is None:
            raise DriverNotOnlineError("Go online before you send positions.")
        zone = zone or admission.zone
        promised = admission.promised_until
        reserved_until_ms = None if promised is None else milliseconds(promised)
        left, memory = self._leave_all_but(zone, driver_id)
        self.positions.admit(
            zone,
            driver_id,
            admission.vehicle_class,
            admission.version,
            reserved_until_ms=left or reserved_until_ms,
            traits=admission.traits,
            memory=memory,
        )
        since = self.roster().admission(driver_id)
        if since is None:  # news of leaving since the first reading found nobody to forget
            self.positions.forget(zone, driver_id)
            raise DriverNotOnlineError("Go online before you send positions.")
        if since.traits.version > admission.traits.version:  # nor did other news find anybody
            self.positions.put_traits(zone, driver_id, since.traits)
        if admission.trip is not None:
            self.positions.change_trip(zone, admission.trip, self.clock())
        return zone

    def _leave_all_but(self, zone: str, driver_id: UUID) -> tuple[int | None, list[bytes]]:
        """Until when (Unix ms) an offer keeps the driver reserved, and what other zones remember of them."""
        reserved_until_ms, memory = None, list[bytes]()
        for other in _every_zone():
            if other != zone:
                try:
                    reserved, remembered = self.positions.leave(other, driver_id)
                except UnavailableError:
                    count("NeighbourUnseen", zone=other)
                else:
                    reserved_until_ms, memory = reserved or reserved_until_ms, remembered or memory
        return reserved_until_ms, memory

    def _tell_rider(self, trip: TripInHand, position: Position, clock_slow: timedelta) -> None:
        now, recorded_at = self.clock(), position.recorded_at + clock_slow
        eta_s = round(self.travel_times.seconds(distance_m(position.point, trip.target)))
        frame = DriverPosition(
            trip_id=trip.trip_id,
            lat=position.lat,
            lng=position.lng,
            heading_deg=position.heading_deg,
            eta_s=eta_s,
            recorded_at=recorded_at,
            stale_after=recorded_at + STALE_AFTER,
            stale=is_stale(recorded_at, now),
        )
        self.realtime.push(trip.rider_id, frame, id=uuid7(), at=now)


def _oldest_first(positions: Sequence[Position | None]) -> list[tuple[int, Position]]:
    """Those that can be read, with their numbers."""
    readable = [(number, position) for number, position in enumerate(positions) if position is not None]
    return sorted(readable, key=lambda numbered: numbered[1].recorded_at) if len(readable) > 1 else readable


def _zone_of(position: Position) -> str | None:
    try:
        return zone_at(position.point).id
    except OutsideServiceAreaError:
        return None


def _every_zone() -> list[str]:
    return [zone.id for zone in zones()]
