"""What locations publish on the bus, source `rideflow.locations`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent


class DriverHeartbeatLost(DomainEvent):
    """A driver without a trip was silent for a minute: nobody may believe that they still take trips.

    `last_seen_at` is when the phone last sent anything.
    """

    context: ClassVar[str] = "locations"

    driver_id: UUID
    last_seen_at: datetime
    zone: str


class DriverReachedDestination(DomainEvent):
    """A driver came to where they were heading until that time."""

    context: ClassVar[str] = "locations"

    driver_id: UUID
    until: datetime
    zone: str
