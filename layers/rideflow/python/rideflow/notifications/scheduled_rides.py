"""Telling a rider what becomes of a ride that they booked ahead."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.model import Message
from rideflow.notifications.service import Pusher
from rideflow.realtime.frames import ScheduledRideUpdated


class ScheduledRideChanged(Message):
    """An event of a scheduled ride, as far as its rider is told of it. `id` is the event's."""

    id: UUID
    type: str
    at: datetime
    scheduled_ride_id: UUID
    rider_id: UUID
    state: str
    version: int
    pickup_at: datetime
    held_up_by: str | None = None
    trip_id: UUID | None = None


class ScheduledRideNotifications:
    """In-app notifications. A frame's id is the event's, so that an app drops a repeat."""

    def __init__(self, pusher: Pusher) -> None:
        self._pusher = pusher

    def ride_changed(self, event: ScheduledRideChanged) -> None:
        frame = ScheduledRideUpdated(event=event.type, **event.model_dump(exclude={"id", "type", "rider_id"}))
        self._pusher.push(event.rider_id, frame, id=event.id, at=event.at)
