"""Events that drivers publishes, with the source `rideflow.drivers`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.vehicles import VehicleClass


class DriverEvent(DomainEvent):
    """An event of a driver."""

    context: ClassVar[str] = "drivers"

    driver_id: UUID


class DriverRegistered(DriverEvent):
    """A person registered as a driver. An operator now checks their papers."""


class DriverVerified(DriverEvent):
    """An operator verified the driver."""

    verified_by: UUID


class DriverWentOnline(DriverEvent):
    """The driver went online. `version` counts the driver's changes; an older version than the known one is ignored."""

    version: int
    zone: str
    vehicle_id: UUID
    vehicle_class: VehicleClass


class DriverWentOffline(DriverEvent):
    """The driver went offline. `reason` is `driver` or `heartbeat_lost`; `version` counts the driver's changes."""

    version: int
    zone: str
    reason: str


class DriverTraitsChanged(DriverEvent):
    """The driver's traits for matching changed: what rides require of them, or which rides they take."""
