"""The outcome of notifications: one line of the log for each event, with ids and no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from rideflow.kernel.observability import logger
from rideflow.notifications.events import Notifiable
from rideflow.notifications.matrix import ChannelName


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to a person by one channel, and the number of their devices that got it.

    Zero is no error: an app that connects will `sync`.
    """

    person_id: UUID
    channel: ChannelName
    reached: int


class NotificationLog:
    """Logs each event's notifications, so that operators find its recipients by its id."""

    def sent(self, event: Notifiable, messages: Sequence[Sent]) -> None:
        """Log the messages about the event: one line, however many people it concerns."""
        recipients = [
            {"person_id": str(message.person_id), "channel": message.channel, "reached": message.reached}
            for message in messages
        ]
        about = {"event_id": str(event.id), "event_type": event.type, "recipients": recipients}
        logger.info("notification sent", extra=about)
