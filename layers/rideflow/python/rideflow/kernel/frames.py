"""What travels over the WebSocket: an app sends actions, and is sent frames."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from rideflow.kernel.model import Request, View

MAX_FRAME_BYTES = 32 * 1024
"""API Gateway splits larger messages; nothing the product sends needs more."""


class Action(Request):
    """Base of what an app sends. Subclasses narrow `action` to the Literal that selects their route."""

    action: str


class Frame(View):
    """Base of what an app is sent; the class's `type` names it on the wire."""

    type: ClassVar[str]

    def text(self, id: UUID, at: datetime) -> str:  # noqa: A002 - the wire's own name
        """The frame on the wire. A frame may arrive twice: apps drop an `id` they have seen."""
        return json.dumps(envelope(self.type, str(id), at, self.model_dump(mode="json")), separators=(",", ":"))


def envelope(type: str, id: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
    """The common shape of frames."""
    return {"type": type, "id": id, "at": at.isoformat().replace("+00:00", "Z"), "data": data}


class Pong(Frame):
    """The answer to `ping`."""

    type: ClassVar[str] = "pong"

    status: Literal["ok"] = "ok"
