"""The port by which other contexts push frames to apps."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.frames import Frame


class FramePusher(Protocol):
    """Pushes a frame to a person's apps, as `rideflow.realtime.service.Realtime` does."""

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - the wire's name
        """Return how many connections took the frame. Never raises."""
        ...
