"""The channels. Each renders an event in its own form, and sends the result to a person."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.notifications.events import Notifiable


class Channel[Rendered](Protocol):
    """One way to reach people."""

    def render(self, event: Notifiable) -> Rendered:
        """The message about the event, the same for everybody whom it concerns."""
        ...

    def send(self, person_id: UUID, event: Notifiable, rendered: Rendered) -> int:
        """Send the message; returns how many of the person's devices got it. Never raises: trips do not wait for it."""
        ...
