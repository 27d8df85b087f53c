"""This deployment reads data that a former one stored or sent (ADR 109).

`former_shapes.json` was written by the code of the deployment before (commit dac39e0): answers under idempotency keys,
a quote's rate, and events that were on their way to their consumers. Two names are those of ADR 124, before
which nothing was released: `market` for what was `city`, `product` for the `vehicle_class` that a rider orders.
"""

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel

from rideflow.drivers.api import DriverView, VehicleView
from rideflow.kernel.model import Message
from rideflow.markets.rates import RateCard
from rideflow.operations.offers import DispatchView
from rideflow.pricing.service import QuoteView
from rideflow.trips.scheduled.views import ScheduledRideView
from rideflow.trips.views import RatingView, TripView

ROOT = Path(__file__).parents[3]
FORMER = json.loads(Path(__file__).with_name("former_shapes.json").read_text())
ANSWERS: dict[str, type[BaseModel]] = {
    "add_vehicle": VehicleView,
    "dispatch_trip": DispatchView,
    "rate_trip": RatingView,
    "register_driver": DriverView,
    "request_quote": QuoteView,
    "request_trip": TripView,
    "schedule_ride": ScheduledRideView,
}
"""The stored answer of each operation that takes an `Idempotency-Key`."""

WITHOUT_AN_ANSWER = {"add_card"}
"""Stripe keeps the answer under its own key."""


@pytest.mark.parametrize("operation", ANSWERS)
def test_an_answer_that_was_stored_before_is_given_to_repeats(operation: str) -> None:
    stored = FORMER["answers"][operation]

    answer = ANSWERS[operation].model_validate(stored).model_dump(mode="json")

    assert without_what_is_new(answer, stored) == stored


def without_what_is_new(answer: Any, stored: Any) -> Any:
    """The answer without members that the stored one does not have, at any depth, if they say nothing."""
    if isinstance(answer, dict) and isinstance(stored, dict):
        return {
            name: without_what_is_new(value, stored.get(name))
            for name, value in answer.items()
            if name in stored or value
        }
    if isinstance(answer, list) and isinstance(stored, list) and len(answer) == len(stored):
        return [without_what_is_new(*pair) for pair in zip(answer, stored, strict=True)]
    return answer


def test_every_operation_with_an_idempotency_key_has_an_answer_of_the_former_shape() -> None:
    handlers = ROOT.glob("functions/*/*.py")
    with_key = {path.stem for path in handlers if ": IdempotencyHeader" in path.read_text(encoding="utf-8")}

    assert with_key == ANSWERS.keys() | WITHOUT_AN_ANSWER
    assert ANSWERS.keys() == FORMER["answers"].keys()


def test_the_rate_of_a_quote_that_was_given_before_is_read() -> None:
    rate = RateCard.model_validate(FORMER["rate"]).model_dump(mode="json")

    assert {name: rate[name] for name in FORMER["rate"]} == FORMER["rate"]


def consumers(event: str) -> list[str]:
    """The modules of the functions that consume the event by their docstring."""
    found = []
    for path in sorted(ROOT.glob("functions/*/on_*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        consumed = re.search(r"Consumes: (.*?)\(", str(importlib.import_module(module).__doc__), re.DOTALL)
        if consumed is not None and event in re.findall(r"\w+", consumed[1]):
            found.append(module)
    return found


def message_of(module: str) -> type[Message]:
    """The message of an event, as the consumer's model."""
    functions = inspect.getmembers(importlib.import_module(module), inspect.isfunction)
    hints = [get_type_hints(each).values() for _, each in functions if each.__module__ == module]
    (message,) = {hint for each in hints for hint in each if inspect.isclass(hint) and issubclass(hint, Message)}
    return message


@pytest.mark.parametrize(
    ("event", "consumer"), [(event, consumer) for event in FORMER["events"] for consumer in consumers(event)]
)
def test_an_event_that_was_on_its_way_is_read_by_its_consumers(event: str, consumer: str) -> None:
    detail: dict[str, Any] = FORMER["events"][event]

    read = message_of(consumer).model_validate({**detail, "type": event}).model_dump(mode="json")

    of_the_event = read.keys() & detail.keys()
    assert of_the_event
    assert {name: read[name] for name in of_the_event} == {name: detail[name] for name in of_the_event}


def test_each_of_the_events_has_consumers() -> None:
    assert {event: len(consumers(event)) > 1 for event in FORMER["events"]} == dict.fromkeys(FORMER["events"], True)
