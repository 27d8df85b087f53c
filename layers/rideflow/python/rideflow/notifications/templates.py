"""The templates of messages: the frame for each kind of event."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.kernel.sealing import FreeText, of_trip
from rideflow.notifications.events import Notifiable, ScheduledRideChanged, TripChanged
from rideflow.realtime.frames import DriverCard, ScheduledRideUpdated, TripUpdated


class DriverCards(Protocol):
    """Finds the card of a driver that riders are shown."""

    def find(self, driver_id: UUID, vehicle_id: UUID | None) -> DriverCard:
        """The card with this vehicle; with the driver's own where it is None. Of a stranger the id alone is known."""
        ...


class Frames:
    """Makes frames of events."""

    def __init__(self, driver_cards: DriverCards, free_text: FreeText) -> None:
        self._driver_cards = driver_cards
        self._free_text = free_text

    def of(self, event: Notifiable) -> Frame:
        """Raises `TypeError` for an event that has no template."""
        match event:
            case TripChanged():
                members = event.model_dump(exclude={"id", "type", "vehicle_id", "reason"})
                reason = self._free_text.shown(event.reason, of_trip(event.trip_id, "cancel_reason"))
                return TripUpdated(event=event.type, driver=self._driver_card(event), reason=reason, **members)
            case ScheduledRideChanged():
                members = event.model_dump(exclude={"id", "type", "rider_id", "driver_id"})
                return ScheduledRideUpdated(event=event.type, **members)
        raise TypeError(type(event).__name__)

    def _driver_card(self, event: TripChanged) -> DriverCard | None:
        """The card of an assigned driver, with the vehicle that was assigned to the trip."""
        if event.type != "DriverAssigned" or event.driver_id is None:
            return None
        return self._driver_cards.find(event.driver_id, event.vehicle_id)
