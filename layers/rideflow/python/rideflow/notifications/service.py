"""Sending notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rideflow.notifications.audience import audience_of
from rideflow.notifications.channels import Channel
from rideflow.notifications.events import Notifiable
from rideflow.notifications.log import NotificationLog, Sent
from rideflow.notifications.matrix import ChannelName, channels_for
from rideflow.notifications.preferences import ChannelPreferences


class Notifications:
    """Sends an event to everybody whom the matrix names, by each channel that they accept."""

    def __init__(
        self, channels: Mapping[ChannelName, Channel[Any]], preferences: ChannelPreferences, log: NotificationLog
    ) -> None:
        self._channels = channels
        self._preferences = preferences
        self._log = log

    def notify(self, event: Notifiable) -> None:
        """Notify everybody of the event. A repeat sends the same messages again, under the same id."""
        rendered: dict[ChannelName, Any] = {}
        sent: list[Sent] = []
        try:
            for part, person_id in audience_of(event).items():
                for name in self._preferences.taken(person_id, channels_for(event.type, part)):
                    channel = self._channels[name]
                    if name not in rendered:
                        rendered[name] = channel.render(event)
                    sent.append(Sent(person_id, name, channel.send(person_id, event, rendered[name])))
        finally:
            if sent:  # also if a later message failed
                self._log.sent(event, sent)
