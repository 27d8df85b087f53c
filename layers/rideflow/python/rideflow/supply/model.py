"""Values and rules of supply: who can be matched, which trip a driver has in hand, when a driver counts as gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, PLAIN, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses, VehicleClass
from rideflow.markets.zones import Zone
from rideflow.supply.position import Position, Verdict

MATCHABLE_FOR = timedelta(seconds=30)
"""LO2: a driver is offered trips this long after the last position."""

FINISHING_WITHIN = timedelta(minutes=3)
"""DI8: a driver who will drop off so soon can be found; zones may look less far ahead."""

OFFLINE_AFTER = timedelta(seconds=60)
"""LO2: a driver who is silent for longer is taken offline."""

STALE_AFTER = timedelta(seconds=15)
"""LO4: three missed positions; the rider's app then shows that the car's place is not known."""

TripState = Literal["driver_assigned", "driver_arrived", "in_progress"]


class TripInHand(NamedTuple):
    """The active trip a driver serves; `target` is the pickup until the trip is in progress, then the dropoff."""

    trip_id: UUID
    rider_id: UUID
    state: TripState
    target: Point


@dataclass(frozen=True, slots=True)
class TripChange:
    """What a change of a trip means for its driver: `trip` is None if the driver no longer has it.

    Changes come in any order: of one trip the highest `version` counts, of two trips the later `at`.
    """

    driver_id: UUID
    trip_id: UUID
    version: int
    at: datetime
    trip: TripInHand | None


class KnownTrip(NamedTuple):
    """What Redis knows of a driver's trip: the one in hand, if any, and the version of the last it heard of, or 0."""

    in_hand: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of positions, in their order, and the trip that the driver serves, if any.

    `matchable`: the driver is on no trip, and the newest position that is believed is recent enough to be offered one.
    `clock_slow_ms` is how far the phone's clock is behind ours, negative if it is ahead; 0 if it is about right.
    `newest` is the newest of the positions that are believed, and lies `in_zone`; a single zone does not tell it.
    """

    verdicts: tuple[Verdict, ...]
    trip: TripInHand | None
    matchable: bool
    clock_slow_ms: int
    newest: Position | None = None
    in_zone: Zone | None = None

    @property
    def clock_offset_s(self) -> float | None:
        """What the phone is told of its clock; None if there is nothing to tell."""
        return self.clock_slow_ms / 1000 if self.clock_slow_ms else None


class Elsewhere(NamedTuple):
    """The newest believed position lies in another zone than the one that was asked: nothing was changed."""

    zone: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A driver who may send positions: online, as PostgreSQL has it at a version, with the trip in hand.

    Until `promised_until` the next trip is promised already. `zone` is the one they went online in.
    """

    zone: str
    vehicle_class: VehicleClass
    version: int
    trip: TripChange | None
    traits: Traits = PLAIN
    promised_until: datetime | None = None


class PlacedDriver(NamedTuple):
    """A driver, and the zone in which they were found: not always that of the trip they were asked to take."""

    driver_id: UUID
    zone: str


class WaitingRide(NamedTuple):
    """A ride that needs a driver: who may serve it, and how far around the pickup they are searched for.

    `already_asked` drivers were asked before and may stand among the nearest; the search finds so many more.
    """

    pickup: Point
    radius_m: float
    classes: ServingClasses
    requirements: RideRequirements = NO_REQUIREMENTS
    already_asked: int = 0


@dataclass(frozen=True, slots=True)
class DriverQuery:
    """Which drivers are searched for: so many around each ride, and those who drop off there `finishing_within`."""

    rides: Sequence[WaitingRide]
    drivers_each: int
    now: datetime
    finishing_within: timedelta = timedelta(0)


class AvailableDriver(NamedTuple):
    """A driver with room for an offer. One who is on a trip still is where it ends, in `free_in_s`."""

    driver_id: UUID
    lat: float
    lng: float
    vehicle_class: VehicleClass
    idle_since_s: float
    traits: Traits
    free_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AvailableDrivers:
    """The drivers around waiting rides: free ones, and those who will drop off there."""

    free: list[AvailableDriver] = field(default_factory=list)
    finishing: list[AvailableDriver] = field(default_factory=list)


class PassedTrip(NamedTuple):
    """A trip in `zone` that its driver declined or let expire."""

    driver_id: UUID
    zone: str
    pickup: Point


@dataclass(frozen=True, slots=True)
class NearbyDriver:
    """A free driver near a place."""

    vehicle_class: VehicleClass
    place: Point
    distance_m: float


@dataclass(frozen=True, slots=True)
class PlaceInQueue:
    """Where a driver stands in an airport's queue of their class of vehicle: `position` of `length`, from 1 on.

    A driver who let an offer pass stands there since then, not since they came.
    """

    area: str
    name: str
    vehicle_class: VehicleClass
    position: int
    length: int
    since: datetime


@dataclass(frozen=True, slots=True)
class SilentDriver:
    """A driver without a believed position for a while; with the trip in hand, the last place and heading if known.

    `last_heard_at` is when the phone last sent anything, or `last_seen_at` if that is not known. `told_stale` says that
    this very position was reported as stale.
    """

    driver_id: UUID
    last_seen_at: datetime
    last_heard_at: datetime
    place: Point | None
    heading_deg: float | None
    trip: TripInHand | None
    told_stale: bool = False


class PathPoint(NamedTuple):
    """A point of a driven path; `recorded_ms` is Unix milliseconds, `accuracy_m` None if the phone told none."""

    recorded_ms: int
    lat: float
    lng: float
    accuracy_m: float | None = None


def is_stale(recorded_at: datetime, now: datetime) -> bool:
    """Whether a position is too old to be shown as where the car is."""
    return now - recorded_at >= STALE_AFTER


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds, as Redis keeps times."""
    return round(moment.timestamp() * 1000)


def moment(unix_ms: int) -> datetime:
    """The inverse of `milliseconds`."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
