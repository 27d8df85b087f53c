"""Events that supply publishes, with the source `rideflow.supply`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent


class DriverHeartbeatLost(DomainEvent):
    """A driver without a trip was silent for a minute, so they no longer count as online.

    `last_seen_at` is when the phone last sent anything.
    """

    context: ClassVar[str] = "supply"

    driver_id: UUID
    last_seen_at: datetime
    zone: str


class DriverPositionStale(DomainEvent):
    """No position of a driver on a trip was believed since `last_seen_at`, so the car's place is not known.

    Published once for each last position.
    """

    context: ClassVar[str] = "supply"

    driver_id: UUID
    trip_id: UUID
    last_seen_at: datetime
    zone: str


class DriverReachedDestination(DomainEvent):
    """A driver reached their destination, which was set until `until`."""

    context: ClassVar[str] = "supply"

    driver_id: UUID
    until: datetime
    zone: str
