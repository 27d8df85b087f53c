"""Frames that several contexts push. They are equal, whichever context pushes first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.kernel.model import View, word_of
from rideflow.kernel.vehicles import Vehicle


class DriverCard(View):
    """The driver as the rider recognizes them at the kerb, and the vehicle in which they come."""

    id: UUID
    name: str | None
    rating: float | None
    vehicle: Vehicle | None


class TripUpdated(Frame):
    """Something happened to the trip. `version` orders the frames of a trip; an app ignores an older one.

    `driver` is set for `DriverAssigned`, the members on cancellation and money for events that have them.
    """

    type: ClassVar[str] = "trip.updated"

    trip_id: UUID
    event: Annotated[str, word_of("trip_event")]
    state: Annotated[str, word_of("trip_state")]
    version: int
    at: datetime
    rider_id: UUID
    driver_id: UUID | None
    driver: DriverCard | None = None
    cancelled_by: Annotated[str, word_of("actor")] | None = None
    reason: str | None = None
    fee_minor: int | None = None
    amount_minor: int | None = None
    currency: str | None = None


class ScheduledRideUpdated(Frame):
    """Something happened to a scheduled ride. `version` orders the frames of a ride.

    `trip_id` is set once the ride is dispatched. `held_up_by` says why a ride that is due was not dispatched yet, or
    was missed: its rider is on another trip (`active_trip`), has no card (`payment_method`), the market is not served
    any more (`market_withdrawn`), or we were too `late`.
    """

    type: ClassVar[str] = "scheduled_ride.updated"

    scheduled_ride_id: UUID
    event: Annotated[str, word_of("scheduled_ride_event")]
    state: Annotated[str, word_of("scheduled_ride_state")]
    version: int
    at: datetime
    pickup_at: datetime
    held_up_by: Annotated[str, word_of("held_up")] | None
    trip_id: UUID | None
