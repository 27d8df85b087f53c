"""Delivers messages of handlers, as EventBridge, SQS and Step Functions do.

Each invocation gets one message, but a consumer of every event gets all of them together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.aws import MATCH, SETTLE, CloudInPlace
from benchmarks.events import bus_event, queue_event
from benchmarks.sagas import match_trip, settle_trip
from functions.dispatch import expire_offers, tick

type Handler = Callable[[dict[str, Any], Any], Any]
type Subscriptions = dict[tuple[str, str], list[Handler]]

EVERY_EVENT = ("rideflow.*", "every event")
_FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
_CONSUMES = re.compile(r"^Consumes: (?P<types>[^(]+)\((?P<source>[^)]+)\)", re.MULTILINE)


class Deliveries:
    """Delivers the messages that one process's handlers sent."""

    def __init__(self, cloud: CloudInPlace) -> None:
        self._cloud = cloud
        self._consumers = _subscriptions()
        self._workers: dict[str, Handler] = {"ticks": tick.app, "offer-expiries": expire_offers.app}
        self._sagas = {MATCH: match_trip, SETTLE: settle_trip}

    def run(self) -> None:
        """Deliver until no message is due."""
        while self._events() or self._messages() or self._executions():
            pass

    def _events(self) -> int:
        events = self._cloud.take_events()
        if events:
            for app in self._consumers[EVERY_EVENT]:
                _taken(app, bus_event(*events))
        for event in events:
            for app in self._consumers[event["Source"], event["DetailType"]]:
                _taken(app, bus_event(event))
        return len(events)

    def _messages(self) -> int:
        messages = self._cloud.take_messages()
        for message in messages:
            _taken(self._workers[message.queue], queue_event(message.body))
        return len(messages)

    def _executions(self) -> int:
        started = self._cloud.take_executions()
        for machine, execution in started:
            self._sagas[machine](execution)
        return len(started)


def _subscriptions() -> Subscriptions:
    """(source, type) → consumers, by the docstring of each consumer, which a test compares with the rules."""
    found: Subscriptions = defaultdict(list)
    for path in sorted(_FUNCTIONS.glob("*/on_*.py")):
        module = import_module(f"functions.{path.parent.name}.{path.stem}")
        if (told := _CONSUMES.search(module.__doc__ or "")) is None:
            raise RuntimeError(f"{module.__name__} does not say what it consumes")
        for name in told["types"].split(","):
            found[told["source"], name.strip()].append(module.app)
    return found


def _taken(app: Handler, event: dict[str, Any]) -> None:
    if app(event, None)["batchItemFailures"]:
        raise RuntimeError("a consumer under measurement failed; its traceback is above")
