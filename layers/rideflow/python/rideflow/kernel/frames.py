"""Messages on the WebSocket: apps send actions and receive frames."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from rideflow.kernel.json_text import json_text
from rideflow.kernel.model import Request, View

MAX_FRAME_BYTES = 32 * 1024
"""API Gateway splits larger messages; no frame of ours needs more."""


RequestId = Annotated[
    str,
    StringConstraints(strip_whitespace=False),  # it is repeated as it came, or refused
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[\x21-\x7e]+$",
        description="The app's own name for this message: the answer to it, also a problem, carries it",
        examples=["7f9c"],
    ),
]


class Action(Request):
    """Base of the actions that an app sends. A subclass narrows `action` to the Literal that selects its route."""

    action: str
    request_id: RequestId | None = None


class Frame(View):
    """Base of the frames that an app receives. The class's `type` is its name on the wire."""

    type: ClassVar[str]

    def text(self, id: UUID, at: datetime, request_id: str | None = None) -> str:  # noqa: A002 - the wire's own name
        """The frame as JSON. A frame may arrive twice: apps drop an `id` that they have seen."""
        return json_text(envelope(self.type, str(id), at, self, request_id))


def envelope(
    type: str,  # noqa: A002 - the wire's own name
    id: str,  # noqa: A002 - as before
    at: datetime,
    data: Frame | dict[str, Any],
    request_id: str | None = None,
) -> dict[str, Any]:
    """The common shape of frames. The answer to an action with a `request_id` carries it too."""
    answers = {} if request_id is None else {"request_id": request_id}
    return {"type": type, "id": id, "at": at.isoformat().replace("+00:00", "Z"), **answers, "data": data}


class Pong(Frame):
    """The answer to `ping`."""

    type: ClassVar[str] = "pong"

    status: Literal["ok"] = "ok"
