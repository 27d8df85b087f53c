"""What dispatch publishes on the bus, source `rideflow.dispatch`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent


class TripDispatched(DomainEvent):
    """An operator had the trip offered to a driver of their choice. The accept decides the driver.

    The operator's reason stands in the audit log alone.
    """

    context: ClassVar[str] = "dispatch"

    trip_id: UUID
    driver_id: UUID
    operator_id: UUID
    zone: str
    asked_again: bool
    expires_at: datetime
