"""Values and rules of positions: what is believed, when a driver counts as gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, Field

from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request
from rideflow.kernel.moments import Moment
from rideflow.kernel.ride_requirements import PLAIN, Traits
from rideflow.kernel.vehicles import VehicleClass

MATCHABLE_FOR = timedelta(seconds=30)
"""LO2: a driver is offered trips this long after the last position."""

FINISHING_WITHIN = timedelta(minutes=3)
"""DI8: a driver who will drop off so soon can be found; zones may look less far ahead."""

OFFLINE_AFTER = timedelta(seconds=60)
"""LO2: a driver who is silent for longer is taken offline."""

STALE_AFTER = timedelta(seconds=15)
"""LO4: three missed positions; the rider's app then shows that the car's place is not known."""

FUTURE_TOLERANCE = timedelta(seconds=5)
"""How far a phone's clock may run ahead of ours."""

MAX_ACCURACY_M = 200.0
"""A fix that may be further off than this says nothing about the street the car is in."""

Verdict = Literal[
    "accepted", "duplicate", "late", "future", "inaccurate", "impossible_speed", "outside_service_area", "invalid"
]
"""What became of a position. All but `accepted` leave the car where it was; `late` extends a driven path at most."""

TripState = Literal["driver_assigned", "driver_arrived", "in_progress"]

Latitude = Annotated[float, Field(ge=-90, le=90, description="Latitude, WGS 84 degrees", examples=[37.7749])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Longitude, WGS 84 degrees", examples=[-122.4194])]


def _unless_negative(value: float) -> float | None:
    """iOS says -1 of a course, a speed and an accuracy that it does not know."""
    return None if value < 0 else value


def _positive(value: float) -> float | None:
    """Android says that an unknown accuracy is 0."""
    return value if value > 0 else None


Heading = Annotated[float, Field(le=360, description="Below 0: unknown"), AfterValidator(_unless_negative)]
Speed = Annotated[float, Field(le=1000, description="Below 0: unknown"), AfterValidator(_unless_negative)]
Accuracy = Annotated[float, Field(le=100_000, description="0 or below: unknown"), AfterValidator(_positive)]
SentAt = Annotated[
    Moment,
    Field(description="What the phone's clock shows at the sending, also of a repeat: tells how far it is off"),
]

Matchable = Annotated[
    bool, Field(description="Trips can be offered now: a position is believed and recent, and no trip is in hand")
]
ClockOffset = Annotated[
    float | None,
    Field(description="Seconds that the phone's clock is slow, below 0 if it is fast; null if it is right"),
]


class Position(Request):
    """Where a driver was at one moment, as the phone tells it."""

    lat: Latitude
    lng: Longitude
    recorded_at: Moment
    heading_deg: Heading | None = None
    speed_mps: Speed | None = None
    accuracy_m: Accuracy | None = None

    @cached_property
    def point(self) -> Point:
        return Point(lat=self.lat, lng=self.lng)


class PhoneClock(NamedTuple):
    """What a phone's clock showed: when it sent a message, or else when it took the newest position in it."""

    shows: datetime
    at_sending: bool

    @classmethod
    def of(cls, oldest_first: Sequence[Position], sent_at: datetime | None) -> PhoneClock | None:
        """None if the message tells no time."""
        if sent_at is not None:
            return cls(sent_at, at_sending=True)
        return cls(oldest_first[-1].recorded_at, at_sending=False) if oldest_first else None


class TripInHand(NamedTuple):
    """The active trip a driver serves; `target` is the pickup until the trip is in progress, then the dropoff."""

    trip_id: UUID
    rider_id: UUID
    state: TripState
    target: Point


@dataclass(frozen=True, slots=True)
class TripChange:
    """What a change of a trip means for its driver: `trip` is None when the driver is rid of it.

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
    """

    verdicts: tuple[Verdict, ...]
    trip: TripInHand | None
    matchable: bool
    clock_slow_ms: int

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


@dataclass(frozen=True, slots=True)
class NearbyDriver:
    """A free driver near a place."""

    vehicle_class: VehicleClass
    place: Point
    distance_m: float


@dataclass(frozen=True, slots=True)
class PlaceInQueue:
    """Where a driver stands in an airport's queue of their class of vehicle: `position` of `length`, from 1 on.

    Who let an offer pass stands since then, not since they came.
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

    `last_heard_at` is when the phone last sent anything, or `last_seen_at` if that is not known.
    """

    driver_id: UUID
    last_seen_at: datetime
    last_heard_at: datetime
    place: Point | None
    heading_deg: float | None
    trip: TripInHand | None


class PathPoint(NamedTuple):
    """A point of a driven path; `recorded_ms` is Unix milliseconds, `accuracy_m` None where the phone told none."""

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
