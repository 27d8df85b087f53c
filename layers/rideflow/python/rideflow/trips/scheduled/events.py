"""What is published of scheduled rides, source `rideflow.trips`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.trips.scheduled.model import HeldUp, RideChange, RideState


class ScheduledRideEvent(DomainEvent):
    """What every event of a scheduled ride tells. `version` orders the events of one ride."""

    context: ClassVar[str] = "trips"

    scheduled_ride_id: UUID
    rider_id: UUID
    version: int
    state: RideState
    pickup_at: datetime
    zone: str
    market: str
    product: str
    held_up_by: HeldUp | None
    trip_id: UUID | None


class ScheduledRideBooked(ScheduledRideEvent):
    """A rider wants to go later."""


class ScheduledRideEdited(ScheduledRideEvent):
    """The rider changed when, where or in what they go."""


class ScheduledRideCancelled(ScheduledRideEvent):
    """The rider does not go."""


class ScheduledRideHeldUp(ScheduledRideEvent):
    """The ride is due, and `held_up_by` keeps it from becoming a trip; it is tried again until the rider has waited."""


class ScheduledRideDispatched(ScheduledRideEvent):
    """The ride is a trip now, for which a driver is looked for."""


class ScheduledRideMissed(ScheduledRideEvent):
    """The ride never became a trip, for `held_up_by`."""


def ride_announced(change: RideChange) -> ScheduledRideEvent:
    """What the bus is told of a change."""
    ride = change.ride
    return _EVENTS[change.entry.type](
        at=change.entry.at,
        scheduled_ride_id=ride.id,
        **ride.model_dump(include=_TOLD),
    )


_TOLD = ScheduledRideEvent.model_fields.keys() - {"id", "at", "scheduled_ride_id"}
_EVENTS: dict[str, type[ScheduledRideEvent]] = {event.__name__: event for event in ScheduledRideEvent.__subclasses__()}
