"""Events of scheduled rides, with the source `rideflow.trips`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.trips.scheduled.model import HeldUp, RideChange, RideState


class ScheduledRideEvent(DomainEvent):
    """An event of a scheduled ride. `version` orders the events of one ride."""

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
    """A rider scheduled a ride."""


class ScheduledRideEdited(ScheduledRideEvent):
    """The rider changed the pickup time, the places or the product."""


class ScheduledRideCancelled(ScheduledRideEvent):
    """The rider cancelled the ride."""


class ScheduledRideHeldUp(ScheduledRideEvent):
    """The ride is due, but `held_up_by` keeps it from becoming a trip. It is tried again until it is missed."""


class ScheduledRideDispatched(ScheduledRideEvent):
    """The ride became a trip, and the search for a driver began."""


class ScheduledRideMissed(ScheduledRideEvent):
    """The ride did not become a trip in time, because of `held_up_by`."""


def ride_announced(change: RideChange) -> ScheduledRideEvent:
    """The event of a change."""
    ride = change.ride
    return _EVENTS[change.entry.type](
        at=change.entry.at,
        scheduled_ride_id=ride.id,
        **ride.model_dump(include=_TOLD),
    )


_TOLD = ScheduledRideEvent.model_fields.keys() - {"id", "at", "scheduled_ride_id"}
_EVENTS: dict[str, type[ScheduledRideEvent]] = {event.__name__: event for event in ScheduledRideEvent.__subclasses__()}
