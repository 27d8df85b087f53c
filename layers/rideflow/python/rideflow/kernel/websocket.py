"""The entry point of WebSocket routes: an action in, a frame or nothing out, errors as problem frames.

A handler file is

    def record_position(position: PositionAction, connection: Connection) -> PositionRecorded: ...

    app = websocket_route(record_position, action="location", permission="location:write")

and its Lambda handler is `app`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import ValidationError

from rideflow.kernel import flood
from rideflow.kernel.access import Caller
from rideflow.kernel.clock import utc_now
from rideflow.kernel.errors import DomainError, MalformedRequestError, TooLargeError
from rideflow.kernel.frames import MAX_FRAME_BYTES, Action, Frame, envelope
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import bind, logger, start_invocation
from rideflow.kernel.problems import internal_problem, problem_of, problem_of_validation

type Event = dict[str, Any]
type Route = Callable[[Event, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Connection:
    """The WebSocket connection a message came by, and who is signed in on it."""

    id: str
    person: Caller


def websocket_route[A: Action](
    handle: Callable[[A, Connection], Frame | None], *, action: str, permission: str | None = None
) -> Route:
    """The Lambda handler of the route `action`; its caller needs `permission` where one is given."""
    model: type[A] = next(hint for name, hint in get_type_hints(handle).items() if name != "return")

    def app(event: Event, _context: Any) -> dict[str, Any]:
        def answer() -> Frame | None:
            connection = _connection(event)
            flood.connections().take(connection.id)
            if permission is not None:
                connection.person.require(permission)
            return handle(model.model_validate_json(_readable(event)), connection)

        return _answered(event, answer)

    app.action, app.model, app.permission, app.handle = action, model, permission, handle  # type: ignore[attr-defined]
    return app


def websocket_lifecycle(handle: Callable[[Connection], Frame | None]) -> Route:
    """The Lambda handler of `$connect`, `$disconnect` or `$default`."""

    def app(event: Event, _context: Any) -> dict[str, Any]:
        def answer() -> Frame | None:
            if event["requestContext"].get("eventType") == "CONNECT":
                from rideflow.kernel.versions import check_app_version

                check_app_version(event)
            return handle(_connection(event))

        return _answered(event, answer)

    return app


def _connection(event: Event) -> Connection:
    request = event["requestContext"]
    return Connection(request["connectionId"], Caller.of(request.get("authorizer")))


def _readable(event: Event) -> str:
    body: str = event.get("body") or ""
    if event.get("isBase64Encoded"):
        raise MalformedRequestError("Send text frames: binary frames are not read.")
    if len(body.encode()) > MAX_FRAME_BYTES:
        raise TooLargeError(f"The frame is larger than {MAX_FRAME_BYTES} bytes.")
    if "\\u0000" in body:
        raise MalformedRequestError("The frame holds a NUL character.")
    return body


def _answered(event: Event, answer: Callable[[], Frame | None]) -> dict[str, Any]:
    request_id = event["requestContext"].get("requestId", "")
    start_invocation(request_id)
    bind(connection_id=event["requestContext"]["connectionId"])
    try:
        frame = answer()
    except DomainError as error:
        return _problem(problem_of(error))
    except ValidationError as error:
        return _problem(problem_of_validation(error.errors()))
    except Exception:
        logger.exception("unexpected error")
        return _problem(internal_problem())
    if frame is None:
        return {"statusCode": 200}
    return {"statusCode": 200, "body": frame.text(uuid7(), utc_now())}


def _problem(document: dict[str, Any]) -> dict[str, Any]:
    frame = envelope("problem", str(uuid7()), utc_now(), document)
    return {"statusCode": document["status"], "body": json.dumps(frame, separators=(",", ":"))}
