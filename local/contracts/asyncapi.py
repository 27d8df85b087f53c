"""`docs/asyncapi.json`: the actions that the WebSocket API routes, and the frames that apps are sent."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import rideflow
from local.contracts.openapi import PROBLEM
from local.contracts.operations import operations
from rideflow.kernel.frames import Frame

type Json = dict[str, Any]


def document() -> Json:
    """The AsyncAPI 3.0 document of the one WebSocket channel."""
    actions, frames = dict(_actions()), dict(_frames())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "RideFlow live",
            "version": "1",
            "description": "Live traffic of rider and driver apps. A frame may arrive twice: drop an id seen before.",
            "license": {"name": "Apache-2.0"},
        },
        "channels": {
            "live": {
                "address": "/",
                "description": "Opened with an access token, in the Authorization header or the query string `token`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*actions, *frames)},
            }
        },
        "operations": {
            "act": _operation("receive", actions),
            "tell": _operation("send", frames),
        },
        "components": {"messages": {**actions, **frames}},
    }


def frame_schema(type: str) -> Json:  # noqa: A002 - the wire's own name
    """The JSON schema of one frame on the wire. Raises KeyError for a type nobody sends."""
    schema: Json = dict(_frames())[type]["payload"]
    return schema


def _operation(direction: str, messages: dict[str, Json]) -> Json:
    return {
        "action": direction,
        "channel": {"$ref": "#/channels/live"},
        "messages": [{"$ref": f"#/channels/live/messages/{name}"} for name in messages],
    }


def _actions() -> Iterator[tuple[str, Json]]:
    for operation in operations():
        model = getattr(operation.app, "model", None)
        if model is not None and hasattr(operation.app, "action"):
            yield operation.app.action, {"name": operation.app.action, "payload": model.model_json_schema()}


def _frames() -> Iterator[tuple[str, Json]]:
    yield "problem", {"name": "problem", "payload": _on_the_wire("problem", PROBLEM)}
    for frame in sorted(_frame_classes(), key=lambda found: found.type):
        payload = _on_the_wire(frame.type, frame.model_json_schema(mode="serialization"))
        yield frame.type, {"name": frame.type, "summary": (frame.__doc__ or "").strip(), "payload": payload}


def _on_the_wire(type: str, data: Json) -> Json:  # noqa: A002 - the wire's own name
    definitions = data.pop("$defs", None) if "$defs" in data else None
    schema: Json = {
        "type": "object",
        "required": ["type", "id", "at", "data"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": type},
            "id": {"type": "string", "format": "uuid"},
            "at": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
    return {**schema, "$defs": definitions} if definitions else schema


def _frame_classes() -> Iterator[type[Frame]]:
    for module in pkgutil.walk_packages(rideflow.__path__, "rideflow."):
        import_module(module.name)
    return _descendants(Frame)


def _descendants(base: type[Frame]) -> Iterator[type[Frame]]:
    for subclass in base.__subclasses__():
        if "type" in vars(subclass) and subclass.__module__.startswith("rideflow."):
            yield subclass
        yield from _descendants(subclass)
