"""Stripe's form encoding: `metadata[order_id]=7`, `expand[]=customer`, `items[0][price]=p`."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from stripe_double.errors import invalid

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")

DEEPEST = 10


def decode(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of strings. A name that is no such path is an unknown parameter."""
    return nest(parse_qsl(encoded, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.match(name)
        parts = _PART.findall(match[2]) if match else []
        if match is None or len(parts) > DEEPEST:
            raise invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        _place(root, [match[1], *parts], value)
    return {key: _lists(value) for key, value in root.items()}


def _place(root: dict[str, Any], path: list[str], value: str) -> None:
    """An empty part of a path appends: it becomes the next number, and `_lists` turns numbered dicts into lists."""
    here = root
    for position, part in enumerate(path):
        key = part or str(len(here))
        if position == len(path) - 1:
            here[key] = value
            return
        there = here.setdefault(key, {})
        if not isinstance(there, dict):
            raise invalid(f"Invalid object: {path[0]}", param=path[0])
        here = there


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    within = {key: _lists(item) for key, item in value.items()}
    numbers = [str(number) for number in range(len(within))]
    if within and within.keys() == set(numbers):
        return [within[number] for number in numbers]
    return within
