"""The way of a saga when everything goes well, walked in its definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

type Json = dict[str, Any]

_WORKFLOWS = Path(__file__).resolve().parents[1] / "workflows"

HAPPY: Mapping[str, Mapping[str, str | bool]] = {
    "match_trip": {
        "$.prepared.hold.outcome": "place",
        "$.recorded.hold.outcome": "held",
    },
    "settle_trip": {"$.prepared.settlement.action": "capture"},
}
"""The values that the choices of each saga read when a ride is matched, driven and paid."""


class NoWayError(ValueError):
    """The definition cannot be walked with these answers."""


def definition(saga: str) -> Json:
    found: Json = json.loads((_WORKFLOWS / f"{saga}.asl.json").read_text(encoding="utf-8"))
    return found


def way(saga: str) -> list[str]:
    """The states that a happy execution passes through, the first and the last included."""
    machine = definition(saga)
    passed = [machine["StartAt"]]
    while (following := _following(machine["States"][passed[-1]], HAPPY[saga])) is not None:
        if following in passed:
            raise NoWayError(f"{saga} comes to {following} again")
        passed.append(following)
    return passed


def transitions(saga: str) -> int:
    """AWS counts one each time a step of the workflow is executed, choices and the end included."""
    return len(way(saga))


def steps(saga: str) -> list[str]:
    """The operations that a happy execution invokes, by name."""
    states = definition(saga)["States"]
    return [_operation(states[name]) for name in way(saga) if states[name]["Type"] == "Task"]


def _following(state: Json, answers: Mapping[str, str | bool]) -> str | None:
    if state["Type"] != "Choice":
        following: str | None = state.get("Next")
        return following
    for choice in state["Choices"]:
        if choice["Variable"] not in answers:
            raise NoWayError(f"nothing is said of {choice['Variable']}")
        wanted = choice["StringEquals"] if "StringEquals" in choice else choice["BooleanEquals"]
        if answers[choice["Variable"]] == wanted:
            chosen: str = choice["Next"]
            return chosen
    otherwise: str = state["Default"]
    return otherwise


def _operation(task: Json) -> str:
    """A task that names `${PlaceHoldFunctionArn}` calls `place_hold`."""
    words = task["Parameters"]["FunctionName.$"].partition("${")[2].partition("FunctionArn}")[0]
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).removeprefix("_")
