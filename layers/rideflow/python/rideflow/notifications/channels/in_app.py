"""The in-app channel: a frame to every app that the person has connected."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.notifications.events import Notifiable
from rideflow.notifications.templates import Frames
from rideflow.realtime.ports import FramePusher


class InApp:
    """Pushes events as frames. A frame has the id of its event, so that an app drops a repeat."""

    def __init__(self, pusher: FramePusher, frames: Frames) -> None:
        self._pusher = pusher
        self._frames = frames

    def render(self, event: Notifiable) -> Frame:
        return self._frames.of(event)

    def send(self, person_id: UUID, event: Notifiable, rendered: Frame) -> int:
        return self._pusher.push(person_id, rendered, id=event.id, at=event.at)
