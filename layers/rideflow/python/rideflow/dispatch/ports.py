"""What dispatch asks of others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.supply.model import PassedTrip, PlacedDriver, TripChange
from rideflow.trips.model import Trip


class Push(Protocol):
    """Sends a frame to a person's apps; never raises."""

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int: ...  # noqa: A002 - the wire's


class TickScheduler(Protocol):
    """Asks for ticks."""

    def now(self, zone: str) -> None: ...


class Reservations(Protocol):
    """What supply does when offers are made and end."""

    def reserve(self, driver: PlacedDriver, until: datetime) -> None: ...

    def release(self, drivers: Iterable[PlacedDriver], now: datetime) -> None: ...

    def assign(self, zone: str, trip: TripChange, others: Iterable[PlacedDriver], now: datetime) -> None: ...


class Queues(Protocol):
    """What supply does when a driver in an airport's queue lets a trip pass."""

    def move_to_end(self, passed: Iterable[PassedTrip], now: datetime) -> None: ...


class Trips(Protocol):
    """What dispatch asks of trips."""

    def give_up(self, trip_id: UUID) -> Trip: ...
