"""The members of events that notifications read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.model import Message


class Notifiable(Message):
    """The members of every event that people are notified of. `id` is the event's."""

    id: UUID
    type: str
    at: datetime
    rider_id: UUID
    driver_id: UUID | None = None
    state: str
    version: int


class TripChanged(Notifiable):
    """Something happened to a trip."""

    trip_id: UUID
    vehicle_id: UUID | None = None
    cancelled_by: str | None = None
    reason: str | None = None
    fee_minor: int | None = None
    amount_minor: int | None = None
    currency: str | None = None


class ScheduledRideChanged(Notifiable):
    """Something happened to a scheduled ride. It has no driver; its trip will have one."""

    scheduled_ride_id: UUID
    pickup_at: datetime
    held_up_by: str | None = None
    trip_id: UUID | None = None
