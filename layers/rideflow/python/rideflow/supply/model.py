"""Values of supply, and how long after the last position a driver is matchable, stale or offline."""

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
"""A driver is offered trips until this long after the last believed position."""

FINISHING_WITHIN = timedelta(minutes=3)
"""A search finds drivers on a trip who will drop off within this time. A zone may set a shorter time."""

OFFLINE_AFTER = timedelta(seconds=60)
"""A driver without a trip who is silent for this long is taken offline."""

STALE_AFTER = timedelta(seconds=15)
"""The time of three missed positions. After it the rider's app shows that the car's place is not known."""

TripState = Literal["driver_assigned", "driver_arrived", "in_progress"]


class TripInHand(NamedTuple):
    """The active trip a driver serves; `target` is the pickup until the trip is in progress, then the dropoff."""

    trip_id: UUID
    rider_id: UUID
    state: TripState
    target: Point


@dataclass(frozen=True, slots=True)
class TripChange:
    """A change of a driver's trip. `trip` is None if the driver no longer has it.

    Changes may arrive in any order. Of two changes of one trip, the one with the higher `version` counts. Of changes of
    two trips, the one with the later `at` counts.
    """

    driver_id: UUID
    trip_id: UUID
    version: int
    at: datetime
    trip: TripInHand | None


class KnownTrip(NamedTuple):
    """A driver's trip in Redis: the trip in hand, if any, and the version of the last change of a trip, or 0."""

    in_hand: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The verdicts on positions, in the order of the positions, and the trip that the driver serves, if any.

    `matchable`: the driver is on no trip, and the newest believed position is recent enough for an offer.
    `clock_slow_ms` is how far the phone's clock is behind ours, negative if it is ahead; 0 if it is about right.
    `newest` is the newest believed position, and `in_zone` is its zone. The index of a single zone leaves both out.
    """

    verdicts: tuple[Verdict, ...]
    trip: TripInHand | None
    matchable: bool
    clock_slow_ms: int
    newest: Position | None = None
    in_zone: Zone | None = None

    @property
    def clock_offset_s(self) -> float | None:
        """Seconds that the phone's clock is slow, negative if it is fast; None if it is about right."""
        return self.clock_slow_ms / 1000 if self.clock_slow_ms else None


class Elsewhere(NamedTuple):
    """The newest believed position lies in `zone`, not in the zone that was asked. Nothing was changed."""

    zone: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A driver who may send positions: online or on a trip, by PostgreSQL.

    `zone` is the zone in which the driver went online, `version` the version of the driver's row, and `trip` the trip
    in hand. `promised_until` is until when the driver has promised to take another trip next.
    """

    zone: str
    vehicle_class: VehicleClass
    version: int
    trip: TripChange | None
    traits: Traits = PLAIN
    promised_until: datetime | None = None


class PlacedDriver(NamedTuple):
    """A driver, and the zone in which a search found them. The trip that they are offered may be in another zone."""

    driver_id: UUID
    zone: str


class WaitingRide(NamedTuple):
    """A ride that needs a driver: the classes and requirements, and the radius of the search around the pickup.

    `already_asked` is how many drivers were asked before. They may be among the nearest, so the search finds that many
    more.
    """

    pickup: Point
    radius_m: float
    classes: ServingClasses
    requirements: RideRequirements = NO_REQUIREMENTS
    already_asked: int = 0


@dataclass(frozen=True, slots=True)
class DriverQuery:
    """A search for `drivers_each` drivers around each ride, and for those who drop off there `finishing_within`."""

    rides: Sequence[WaitingRide]
    drivers_each: int
    now: datetime
    finishing_within: timedelta = timedelta(0)


class AvailableDriver(NamedTuple):
    """A driver with room for an offer. `idle_since_s` is Unix time in seconds.

    If the driver is still on a trip, the place is the trip's dropoff, and `free_in_s` is the time until then.
    """

    driver_id: UUID
    lat: float
    lng: float
    vehicle_class: VehicleClass
    idle_since_s: float
    traits: Traits
    free_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AvailableDrivers:
    """The drivers around waiting rides: free drivers, and drivers who will drop off there."""

    free: list[AvailableDriver] = field(default_factory=list)
    finishing: list[AvailableDriver] = field(default_factory=list)


class PassedTrip(NamedTuple):
    """A trip in `zone` that the driver was offered, and declined or let expire."""

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
    """A driver's place in an airport's queue for their vehicle class: `position` of `length`, from 1 on.

    `since` is when the driver came, or when they last let an offer pass.
    """

    area: str
    name: str
    vehicle_class: VehicleClass
    position: int
    length: int
    since: datetime


@dataclass(frozen=True, slots=True)
class SilentDriver:
    """A driver without a believed position for a while, with the trip in hand and the last place and heading, if known.

    `last_seen_at` is the time of the last believed position. `last_heard_at` is when the phone last sent anything, or
    `last_seen_at` if that is not known. `told_stale` says that the last position was already reported as stale.
    """

    driver_id: UUID
    last_seen_at: datetime
    last_heard_at: datetime
    place: Point | None
    heading_deg: float | None
    trip: TripInHand | None
    told_stale: bool = False


class PathPoint(NamedTuple):
    """A point of a driven path. `recorded_ms` is Unix milliseconds; `accuracy_m` is None if the phone sent none."""

    recorded_ms: int
    lat: float
    lng: float
    accuracy_m: float | None = None


def is_stale(recorded_at: datetime, now: datetime) -> bool:
    """Whether a position is too old to be shown as the car's place."""
    return now - recorded_at >= STALE_AFTER


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds, as Redis keeps times."""
    return round(moment.timestamp() * 1000)


def moment(unix_ms: int) -> datetime:
    """The inverse of `milliseconds`."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
