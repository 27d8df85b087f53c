"""The channels: each renders an event in its own form, and sends that to a person."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.notifications.events import Notifiable


class Channel[Rendered](Protocol):
    """One way to reach people."""

    def render(self, event: Notifiable) -> Rendered:
        """What is sent to everybody whom the event concerns."""
        ...

    def send(self, person_id: UUID, event: Notifiable, rendered: Rendered) -> int:
        """Send it; returns how many of the person's devices took it. Never raises: the trip does not wait for it."""
        ...
