"""Selects the route of a message by the API's route selection expression.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
"""

import json
import re
from collections.abc import Container
from typing import Any

DEFAULT = "$default"
CONNECT = "$connect"
DISCONNECT = "$disconnect"
# `$request.body.a.b`, alone or as `${request.body.a.b}` within a text.
VARIABLE = re.compile(r"\$\{?request\.body((?:\.[\w-]+)*)\}?")


def select_route(expression: str, message: str | bytes, route_keys: Container[str]) -> str | None:
    """The key of the route that takes a message; None when the API has none for it, not even `$default`."""
    selected = _evaluate(expression, _parse(message))
    if selected in route_keys and selected not in (CONNECT, DISCONNECT):
        return selected
    return DEFAULT if DEFAULT in route_keys else None


def _parse(message: str | bytes) -> Any:
    if isinstance(message, bytes):
        return None
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def _evaluate(expression: str, body: Any) -> str | None:
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        found = body
        for name in match[1].split(".")[1:]:
            found = found.get(name) if isinstance(found, dict) else None
        missing = missing or found is None or isinstance(found, dict | list)
        return found if isinstance(found, str) else json.dumps(found)

    text = VARIABLE.sub(value, expression)
    return None if missing else text
