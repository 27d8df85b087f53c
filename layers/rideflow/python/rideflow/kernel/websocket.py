"""The entry point of WebSocket routes: the input is an action, the output a frame or nothing, an error a problem frame.

A handler file is

    def record_position(position: PositionAction, connection: Connection) -> PositionRecorded: ...

    app = websocket_route(record_position, action="location", permission="location:write")

and its Lambda handler is `app`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import ValidationError

from rideflow.kernel import flood
from rideflow.kernel.access import Caller
from rideflow.kernel.clock import utc_now
from rideflow.kernel.errors import DomainError
from rideflow.kernel.frames import MAX_FRAME_BYTES, Action, Frame, envelope
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import bind, logger, start_invocation
from rideflow.kernel.problems import internal_problem, problem_of, problem_of_validation
from rideflow.kernel.strict_json import read_json, text_of

_REPEATABLE = re.compile(r"[\x21-\x7e]{1,64}")
"""The texts that a problem may repeat: those of `RequestId`. Names of actions are shorter."""

type Event = dict[str, Any]
type Route = Callable[[Event, Any], dict[str, Any]]
type Answer = tuple[Frame | None, str | None]
"""The frame that answers a message, and the message's `request_id`."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The WebSocket connection of a message, and the person who is signed in on it."""

    id: str
    person: Caller


def websocket_route[A: Action](
    handle: Callable[[A, Connection], Frame | None], *, action: str, permission: str | None = None
) -> Route:
    """The Lambda handler of the route `action`; its caller needs `permission`, if one is given."""
    model: type[A] = next(hint for name, hint in get_type_hints(handle).items() if name != "return")

    def app(event: Event, _context: Any) -> dict[str, Any]:
        def answer() -> Answer:
            connection = _connection(event)
            flood.connection_buckets().take(connection.id)
            if permission is not None:
                connection.person.require(permission)
            message = read_json(text_of(event, MAX_FRAME_BYTES), model.model_validate_json)
            return handle(message, connection), message.request_id

        return _answered(event, answer)

    app.action, app.model, app.permission, app.handle = action, model, permission, handle  # type: ignore[attr-defined]
    return app


def websocket_lifecycle(handle: Callable[[Connection], Frame | None]) -> Route:
    """The Lambda handler of `$connect`, `$disconnect` or `$default`."""

    def app(event: Event, _context: Any) -> dict[str, Any]:
        def answer() -> Answer:
            connection, kind = _connection(event), event["requestContext"].get("eventType")
            if kind == "CONNECT":
                from rideflow.kernel.versions import check_app_version

                check_app_version(event)
            elif kind == "MESSAGE":
                flood.connection_buckets().take(connection.id)
            return handle(connection), None

        return _answered(event, answer)

    return app


def _connection(event: Event) -> Connection:
    request = event["requestContext"]
    return Connection(request["connectionId"], Caller.of(request.get("authorizer")))


def _answered(event: Event, answer: Callable[[], Answer]) -> dict[str, Any]:
    start_invocation(event["requestContext"].get("requestId", ""))
    bind(connection_id=event["requestContext"]["connectionId"])
    try:
        frame, request_id = answer()
    except DomainError as error:
        return _problem(event, problem_of(error))
    except ValidationError as error:
        return _problem(event, problem_of_validation(error.errors(include_url=False, include_input=False)))
    except Exception:
        logger.exception("unexpected error")
        return _problem(event, internal_problem())
    if frame is None:
        return {"statusCode": 200}
    return {"statusCode": 200, "body": frame.text(uuid7(), utc_now(), request_id)}


def _problem(event: Event, document: dict[str, Any]) -> dict[str, Any]:
    """A problem frame, with the message's action and `request_id`, as far as they can be read.

    It is logged, because the WebSocket API has no access log: that would have a line for every position.
    """
    sent = _sent(event)
    action, request_id = (_told(sent.get(name)) for name in ("action", "request_id"))
    logger.info("message refused", extra={"action": action, "code": document["code"]})
    known = {"action": action} if request_id is None else {"action": action, "request_id": request_id}
    frame = envelope("problem", str(uuid7()), utc_now(), {**document, **known}, request_id)
    return {"statusCode": document["status"], "body": json.dumps(frame, separators=(",", ":"))}


def _sent(event: Event) -> dict[str, Any]:
    """The message's JSON object, unvalidated; empty if it is no JSON object, or if a number has too many digits."""
    try:
        sent = json.loads(event.get("body") or "")
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def _told(given: Any) -> str | None:
    """The app's text, if a problem may repeat it."""
    return given if isinstance(given, str) and _REPEATABLE.fullmatch(given) else None
