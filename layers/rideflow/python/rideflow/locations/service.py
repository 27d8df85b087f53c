"""Recording positions, live tracking, nearby search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.cities import OutsideServiceAreaError, service_areas, zone_at, zones, zones_reached
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import count
from rideflow.kernel.redis_keys import VEHICLE_CLASSES
from rideflow.kernel.vehicles import VehicleClass
from rideflow.kernel.zone_by_zone import first_in, in_each
from rideflow.locations.errors import DriverNotOnlineError, NotInQueueError
from rideflow.locations.frames import DriverPosition
from rideflow.locations.model import (
    STALE_AFTER,
    Admission,
    NearbyDriver,
    PlaceInQueue,
    Position,
    Recorded,
    TripChange,
    TripInHand,
    Verdict,
    is_stale,
    milliseconds,
)
from rideflow.locations.positions import RedisPositions
from rideflow.locations.travel import TravelTimes


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

    def record(self, driver_id: UUID, positions: Sequence[Position]) -> tuple[Verdict, ...]:
        """Judge the driver's positions and apply those that are believed, in one Redis round trip.

        The rider of the driver's trip is told of the newest. Raises `DriverNotOnlineError`, and
        `OutsideServiceAreaError` when the newest position lies in no zone.
        """
        order = sorted(range(len(positions)), key=lambda index: positions[index].recorded_at)
        ordered = [positions[index] for index in order]
        recorded = self._recorded(self._zone_of(ordered[-1]), driver_id, ordered)
        for verdict in recorded.verdicts:
            if verdict != "accepted":
                count("PositionRejected", reason=verdict)
        believed = [at for at, verdict in zip(ordered, recorded.verdicts, strict=True) if verdict == "accepted"]
        if believed and recorded.trip is not None:
            self._tell_rider(recorded.trip, believed[-1])
        verdicts = dict(zip(order, recorded.verdicts, strict=True))
        return tuple(verdicts[index] for index in range(len(positions)))

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

    def _zone_of(self, position: Position) -> str:
        try:
            return zone_at(position.point).id
        except OutsideServiceAreaError:
            count("PositionRejected", reason="outside_service_area")
            raise

    def _recorded(self, zone: str, driver_id: UUID, positions: Sequence[Position]) -> Recorded:
        """Who went online a moment ago may be forgotten between the two steps, by late news of the shift before."""
        while (recorded := self.positions.record(zone, driver_id, positions, self.clock())) is None:
            self._admit(zone, driver_id)
        return recorded

    def _admit(self, zone: str, driver_id: UUID) -> None:
        """The rare path: the first position in a zone, or the first after Redis was lost.

        An offer that the driver brought from another zone stays theirs to answer. Where that zone does not answer, its
        sweep forgets the driver later.
        """
        admission = self.roster().admission(driver_id)
        if admission is None:
            raise DriverNotOnlineError("Go online before you send positions.")
        promised = admission.promised_until
        reserved_until_ms = None if promised is None else milliseconds(promised)
        for other in _every_zone():
            if other != zone:
                try:
                    reserved_until_ms = self.positions.leave(other, driver_id) or reserved_until_ms
                except UnavailableError:
                    count("NeighbourUnseen", zone=other)
        self.positions.admit(
            zone,
            driver_id,
            admission.vehicle_class,
            admission.version,
            reserved_until_ms=reserved_until_ms,
            traits=admission.traits,
        )
        since = self.roster().admission(driver_id)
        if since is None:  # news of leaving since the first reading found nobody to forget
            self.positions.forget(zone, driver_id)
            raise DriverNotOnlineError("Go online before you send positions.")
        if since.traits.version > admission.traits.version:  # nor did other news find anybody
            self.positions.put_traits(zone, driver_id, since.traits)
        if admission.trip is not None:
            self.positions.change_trip(zone, admission.trip, self.clock())

    def _tell_rider(self, trip: TripInHand, position: Position) -> None:
        now = self.clock()
        eta_s = round(self.travel_times.seconds(distance_m(position.point, trip.target)))
        frame = DriverPosition(
            trip_id=trip.trip_id,
            lat=position.lat,
            lng=position.lng,
            heading_deg=position.heading_deg,
            eta_s=eta_s,
            recorded_at=position.recorded_at,
            stale_after=position.recorded_at + STALE_AFTER,
            stale=is_stale(position.recorded_at, now),
        )
        self.realtime.push(trip.rider_id, frame, id=uuid7(), at=now)


def _every_zone() -> list[str]:
    return [zone.id for zone in zones()]
