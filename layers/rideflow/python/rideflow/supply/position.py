"""A driver's position as a phone sends it, and the verdicts on it."""

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
"""A position may be this far in the future, by our clock."""

MAX_ACCURACY_M = 200.0
"""A fix that may be further off than this does not show which street the car is in."""

Verdict = Literal[
    "accepted", "duplicate", "late", "future", "inaccurate", "impossible_speed", "outside_service_area", "invalid"
]
"""The verdict on a position. Only `accepted` moves the car. `late` may add a point to a driven path."""

Latitude = Annotated[float, Field(ge=-90, le=90, description="Latitude, WGS 84 degrees", examples=[37.7749])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Longitude, WGS 84 degrees", examples=[-122.4194])]


def _unless_negative(value: float) -> float | None:
    """None for a negative value: iOS sends -1 for a course, speed or accuracy that it does not know."""
    return None if value < 0 else value


def _positive(value: float) -> float | None:
    """None for a value of 0 or below: Android sends 0 for an unknown accuracy."""
    return value if value > 0 else None


Heading = Annotated[float, Field(le=360, description="Below 0: unknown"), AfterValidator(_unless_negative)]
Speed = Annotated[float, Field(le=1000, description="Below 0: unknown"), AfterValidator(_unless_negative)]
Accuracy = Annotated[float, Field(le=100_000, description="0 or below: unknown"), AfterValidator(_positive)]
SentAt = Annotated[
    Timestamp,
    Field(description="The phone's clock at the moment of sending, also of a repeat; shows how far it is off"),
]

Matchable = Annotated[
    bool, Field(description="Trips can be offered now: a position is believed and recent, and no trip is in hand")
]
ClockOffset = Annotated[
    float | None,
    Field(description="Seconds that the phone's clock is slow, below 0 if it is fast; null if it is right"),
]


class Position(Request):
    """A driver's place at one moment, as the phone reports it."""

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
    """The time on a phone's clock when it sent a message, or else when it took the newest position in the message."""

    shows: datetime
    at_sending: bool

    @classmethod
    def of(cls, oldest_first: Sequence[Position], sent_at: datetime | None) -> PhoneClock | None:
        """The clock's time in a message; None if the message has no time."""
        if sent_at is not None:
            return cls(sent_at, at_sending=True)
        return cls(oldest_first[-1].recorded_at, at_sending=False) if oldest_first else None
