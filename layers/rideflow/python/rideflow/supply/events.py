"""What supply publishes on the bus, source `rideflow.supply`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent


class DriverHeartbeatLost(DomainEvent):
    """A driver without a trip was silent for a minute: nobody may believe that they still take trips.

    `last_seen_at` is when the phone last sent anything.
    """

    context: ClassVar[str] = "supply"

    driver_id: UUID
    last_seen_at: datetime
    zone: str


class DriverPositionStale(DomainEvent):
    """No position of a driver on a trip was believed since `last_seen_at`: where the car is, is not known any more.

    Told once of each last position.
    """

    context: ClassVar[str] = "supply"

    driver_id: UUID
    trip_id: UUID
    last_seen_at: datetime
    zone: str


class DriverReachedDestination(DomainEvent):
    """A driver came to where they were heading until that time."""

    context: ClassVar[str] = "supply"

    driver_id: UUID
    until: datetime
    zone: str
