"""The outcome of each notification: one line of the log, with ids and no personal data."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.observability import logger
from rideflow.notifications.events import Notifiable
from rideflow.notifications.matrix import ChannelName


class NotificationLog:
    """Logs each notification, so that operators find the recipients of an event by its id."""

    def sent(self, event: Notifiable, person_id: UUID, channel: ChannelName, reached: int) -> None:
        """Log that `reached` of the person's devices got it. Zero is no error: an app that connects will `sync`."""
        logger.info(
            "notification sent",
            extra={
                "event_id": str(event.id),
                "event_type": event.type,
                "person_id": str(person_id),
                "channel": channel,
                "reached": reached,
            },
        )
