"""`docs/asyncapi.json`: the actions that the WebSocket API routes, their answers, and the frames sent to apps."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from importlib import import_module
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

import rideflow
from rideflow.kernel.frames import Frame, RequestId
from tools.contracts import problems, refusals
from tools.contracts.operations import Operation, operations
from tools.contracts.prose import description, summary
from tools.contracts.schemas import REFERENCE, Json, lift, pruned, put

PROBLEM = "Problem"
"""The message of the frame `problem`, which has no class of its own."""


def document() -> Json:
    """The AsyncAPI 3.1 document of the one WebSocket channel. Raises `NameClashError`, `DanglingReferenceError`."""
    return deepcopy(_document())


def frame_schema(type: str) -> Json:  # noqa: A002 - the wire's own name
    """The JSON schema of one frame on the wire. Raises KeyError for a type that nobody sends."""
    told = {message["name"]: message for message in _told(_document()).values()}
    return {**told[type]["payload"], "components": _document()["components"]}


@cache
def _document() -> Json:
    schemas: dict[str, Json] = {"FieldProblem": problems.FIELD_PROBLEM}
    messages: dict[str, Json] = {}
    for operation in _actions():
        put(messages, operation.app.model.__name__, _action(operation, schemas))
    put(messages, PROBLEM, _problem(schemas))
    for frame in frame_classes():
        put(messages, frame.__name__, _frame(frame, schemas))
    return pruned(
        {
            "asyncapi": "3.1.0",
            "info": {
                "title": "RideFlow live",
                "version": "1",
                "description": _INTRODUCTION,
                "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
                "tags": [{"name": "rider"}, {"name": "driver"}, {"name": "operator"}],
            },
            "defaultContentType": "application/json",
            "servers": {"stage": SERVER},
            "channels": {
                "live": {
                    "address": "/",
                    "title": "Live traffic",
                    "description": "Opened with an access token, in the Authorization header or the query's `token`.",
                    "servers": [{"$ref": "#/servers/stage"}],
                    "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                }
            },
            "operations": _operations(),
            "components": {"messages": messages, "schemas": schemas, "securitySchemes": {"bearer": BEARER}},
        }
    )


_INTRODUCTION = (
    "Live traffic of the apps of riders and drivers, and of operators who look at a market. A frame may arrive twice:"
    " drop an `id` that was seen before. An"
    " action may carry a `request_id`, and its answer carries the same; a problem also names the `action` it answers."
)
SERVER: Json = {
    "host": "{api}.execute-api.{region}.amazonaws.com",
    "pathname": "/{stage}",
    "protocol": "wss",
    "description": "A deployed stage; the local cloud prints its own address.",
    "variables": {
        "api": {"default": "api-id", "description": "The output `WebSocketApiId` of the stage's API stack"},
        "region": {"default": "us-east-1", "description": "Where the stage is deployed"},
        "stage": {"default": "live", "description": "The output `WebSocketStage`"},
    },
    "security": [{"$ref": "#/components/securitySchemes/bearer"}],
}
BEARER: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` of `POST /v1/auth/login`",
}


def frame_classes() -> list[type[Frame]]:
    """Every frame, by its type's name."""
    for module in pkgutil.walk_packages(rideflow.__path__, "rideflow."):
        import_module(module.name)
    return sorted(_descendants(Frame), key=lambda found: found.type)


def _actions() -> list[Operation]:
    return [each for each in operations() if hasattr(each.app, "action")]


def _told(made: Json) -> dict[str, Json]:
    """The messages that are sent to apps."""
    names = [reference["$ref"].rpartition("/")[2] for reference in made["operations"]["tell"]["messages"]]
    return {name: made["components"]["messages"][name] for name in names}


def _operations() -> Json:
    """One operation for each action with its possible answers, and one for all messages to apps."""
    acting = {
        operation.app.action: {
            "action": "receive",
            "title": summary(operation),
            "summary": f"{summary(operation)}.",
            "description": description(operation),
            "channel": {"$ref": "#/channels/live"},
            "messages": [_reference(operation.app.model.__name__)],
            "reply": {
                "channel": {"$ref": "#/channels/live"},
                "messages": [_reference(name) for name in (*_answers(operation), PROBLEM)],
            },
        }
        for operation in _actions()
    }
    names = (PROBLEM, *(frame.__name__ for frame in frame_classes()))
    telling = {
        "action": "send",
        "title": "Frames",
        "summary": "What apps are told, as answers and of themselves.",
        "description": "Each frame says in its own words when it comes.",
        "channel": {"$ref": "#/channels/live"},
        "messages": [_reference(name) for name in names],
    }
    return {**acting, "tell": telling}


def _reference(message: str) -> Json:
    return {"$ref": f"#/channels/live/messages/{message}"}


def _answers(operation: Operation) -> list[str]:
    """The frames that the handler's annotation names."""
    returned = get_type_hints(operation.app.handle)["return"]
    return [each.__name__ for each in get_args(returned) or (returned,) if each is not NoneType]


def _action(operation: Operation, schemas: dict[str, Json]) -> Json:
    model = operation.app.model
    payload = lift(model.model_json_schema(ref_template=REFERENCE), schemas)
    return _message(operation.app.action, summary(operation), payload)


def _frame(frame: type[Frame], schemas: dict[str, Json]) -> Json:
    data = lift(frame.model_json_schema(mode="serialization", ref_template=REFERENCE), schemas)
    put(schemas, frame.__name__, data)
    first = " ".join((frame.__doc__ or "").split()).partition(". ")[0].rstrip(".")
    return _message(frame.type, first, _on_the_wire(frame.type, frame.__name__))


def _problem(schemas: dict[str, Json]) -> Json:
    """One shape for each action, distinguished by `action`, and one for a message without a route."""
    shapes = []
    for operation in (*_actions(), None):
        causes = refusals.of_action(operation)
        name = f"{'Unread' if operation is None else operation.app.model.__name__}Problem"
        action = {"type": ["string", "null"]} if operation is None else {"const": operation.app.action}
        shape = problems.schema(causes, refusals.program(), schemas, action=action)
        shape["properties"]["request_id"] = TypeAdapter(RequestId).json_schema()
        put(schemas, name, {"title": name, "description": problems.description(causes), **shape})
        shapes.append({"$ref": REFERENCE.format(model=name)})
    put(schemas, PROBLEM, {"title": PROBLEM, "description": "Why a message was refused (RFC 9457).", "anyOf": shapes})
    return _message("problem", "The message was refused, with the reason", _on_the_wire("problem", PROBLEM))


def _message(name: str, title: str, payload: Json) -> Json:
    return {"name": name, "title": title, "summary": f"{title}.", "payload": payload}


def _on_the_wire(type: str, data: str) -> Json:  # noqa: A002 - the wire's own name
    """The envelope of a frame whose `data` has that schema."""
    return {
        "type": "object",
        "required": ["type", "id", "at", "data"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": type},
            "id": {"type": "string", "format": "uuid"},
            "at": {"type": "string", "format": "date-time"},
            "request_id": TypeAdapter[Any](RequestId).json_schema(),
            "data": {"$ref": REFERENCE.format(model=data)},
        },
    }


def _descendants(base: type[Frame]) -> Iterator[type[Frame]]:
    for subclass in base.__subclasses__():
        if "type" in vars(subclass) and subclass.__module__.startswith("rideflow."):
            yield subclass
        yield from _descendants(subclass)
