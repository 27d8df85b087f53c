"""Telling a trip's rider and driver what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.kernel.model import Message
from rideflow.realtime.frames import DriverCard, TripUpdated


class TripChanged(Message):
    """An event of a trip, as far as people are told of it. `id` is the event's."""

    id: UUID
    type: str
    at: datetime
    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None = None
    state: str
    version: int
    vehicle: dict[str, Any] | None = None
    cancelled_by: str | None = None
    reason: str | None = None
    fee_minor: int | None = None
    amount_minor: int | None = None
    currency: str | None = None


class Pusher(Protocol):
    """Sends a frame to a person's apps; see `rideflow.realtime.service.Realtime`."""

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int: ...  # noqa: A002


class DriverCards(Protocol):
    """What a rider may know of a driver."""

    def find(self, driver_id: UUID) -> DriverCard | None: ...


class Notifications:
    """In-app notifications. A frame's id is the event's, so that an app drops a repeat."""

    def __init__(self, pusher: Pusher, driver_cards: DriverCards) -> None:
        self._pusher = pusher
        self._driver_cards = driver_cards

    def trip_changed(self, event: TripChanged) -> None:
        frame = TripUpdated(
            event=event.type,
            driver=self._driver_card(event),
            **event.model_dump(exclude={"id", "type", "vehicle"}),
        )
        for person_id in filter(None, (event.rider_id, event.driver_id)):
            self._pusher.push(person_id, frame, id=event.id, at=event.at)

    def _driver_card(self, event: TripChanged) -> DriverCard | None:
        """The driver as the rider will look for them: in the vehicle that the trip was assigned with."""
        if event.type != "DriverAssigned" or event.driver_id is None:
            return None
        found = self._driver_cards.find(event.driver_id)
        card = found or DriverCard(id=event.driver_id, name=None, rating=None, vehicle=None)
        return card.model_copy(update={"vehicle": event.vehicle or card.vehicle})
