"""A driver's position: how a phone tells it, and what may become of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request
from rideflow.kernel.timestamps import Timestamp

FUTURE_TOLERANCE = timedelta(seconds=5)
"""How far a phone's clock may run ahead of ours."""

MAX_ACCURACY_M = 200.0
"""A fix that may be further off than this says nothing about the street the car is in."""

Verdict = Literal[
    "accepted", "duplicate", "late", "future", "inaccurate", "impossible_speed", "outside_service_area", "invalid"
]
"""What became of a position. All but `accepted` leave the car where it was; `late` extends a driven path at most."""

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
    Timestamp,
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
    recorded_at: Timestamp
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
