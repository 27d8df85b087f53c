"""What trips publish on the bus, source `rideflow.trips`. The class's name is EventBridge's detail-type."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.geo import Point
from rideflow.trips.model import Actor, Trip, TripState


class TripEvent(DomainEvent):
    """What every event of a trip tells. `version` orders the events of one trip."""

    context: ClassVar[str] = "trips"

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None
    version: int
    state: TripState
    zone: str
    city: str

    @classmethod
    def of(cls, trip: Trip, at: datetime, **more: Any) -> Self:
        """The event of what just happened to the trip."""
        common = {
            "at": at,
            "trip_id": trip.id,
            "rider_id": trip.rider_id,
            "driver_id": trip.driver_id,
            "version": trip.version,
            "state": trip.state,
            "zone": trip.zone,
            "city": trip.city,
        }
        return cls.model_validate({**common, **more})


class TripRequested(TripEvent):
    """A rider wants to go. The match saga starts."""

    pickup: Point
    dropoff: Point
    vehicle_class: str
    quoted_amount_minor: int
    currency: str


class TripMatching(TripEvent):
    """The money is held; a driver is looked for."""


class DriverAssigned(TripEvent):
    """A driver's accept won."""

    vehicle: dict[str, Any]


class DriverCancelled(TripEvent):
    """`driver_id` gave the trip back before its start; another driver is looked for."""

    reason: str | None


class DriverArrived(TripEvent):
    """The driver waits at the pickup."""


class TripStarted(TripEvent):
    """The rider is on board: the PIN was right."""


class TripCompleted(TripEvent):
    """The rider is where they wanted to go. The settle saga starts."""

    started_at: datetime
    completed_at: datetime


class TripCancelled(TripEvent):
    """The trip ended without a ride; `fee_minor` is what the rider owes for it."""

    cancelled_by: Actor
    reason: str | None
    fee_minor: int
    currency: str


class NoDriverFound(TripEvent):
    """Nobody took the trip within the rider's patience."""


class TripPaid(TripEvent):
    """The fare was captured."""

    amount_minor: int
    currency: str


class TripPaymentFailed(TripEvent):
    """The fare could not be captured; the rider owes it."""


class TripRated(TripEvent):
    """One side rated the other."""

    rater: Actor
    ratee_id: UUID
    stars: int
