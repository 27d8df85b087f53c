"""What dispatch asks of others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.dispatch.model import Assignment, PlacedDriver
from rideflow.kernel.frames import Frame
from rideflow.markets.zones import Fifo
from rideflow.trips.model import Trip


class Push(Protocol):
    """Sends a frame to a person's apps; never raises."""

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int: ...  # noqa: A002 - the wire's


class TickScheduler(Protocol):
    """Asks for ticks."""

    def now(self, zone: str) -> None: ...


class Pool(Protocol):
    """A zone's free drivers, as far as answers and ends of offers change them."""

    def release(
        self, zone: str, driver_ids: Sequence[UUID], now: datetime, won: Assignment | None = None
    ) -> list[UUID]: ...

    def reserve(self, driver: PlacedDriver, until: datetime | None) -> None: ...

    def to_queues_end(self, fifo: Fifo, driver_ids: Sequence[UUID], now: datetime) -> None: ...


class Trips(Protocol):
    """What dispatch asks of trips."""

    def give_up(self, trip_id: UUID) -> Trip: ...
