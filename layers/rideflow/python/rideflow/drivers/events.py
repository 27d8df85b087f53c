"""What drivers publish on the bus, source `rideflow.drivers`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.vehicles import VehicleClass


class DriverEvent(DomainEvent):
    """What every event of a driver tells."""

    context: ClassVar[str] = "drivers"

    driver_id: UUID


class DriverRegistered(DriverEvent):
    """Somebody wants to drive; an operator looks at their papers."""


class DriverVerified(DriverEvent):
    """An operator found everything in order."""

    verified_by: UUID


class DriverWentOnline(DriverEvent):
    """The driver takes trips. `version` counts the driver's changes: who knows a newer one has no use for this."""

    version: int
    zone: str
    vehicle_id: UUID
    vehicle_class: VehicleClass


class DriverWentOffline(DriverEvent):
    """The driver takes no more trips; `reason` is `driver` or `heartbeat_lost`, `version` as when going online."""

    version: int
    zone: str
    reason: str


class DriverTraitsChanged(DriverEvent):
    """Something changed that rides ask of a driver, or what the driver takes: whoever matches reads them again."""
