"""A handler's objects can be built from the variables that its function is given, and only from those."""

import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.functions.cloud import Cloud, forget_wiring
from tests.infra.handlers import Handler, handlers
from tests.infra.policies import named, resolved
from tests.infra.synthesis import Synthesis


def wirings(handler: Handler) -> Iterator[Callable[[], Any]]:
    """Functions that build objects once: cached ones without arguments, of the handler and of its imports."""
    for value in vars(handler.module).values():
        if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
            yield value


@pytest.fixture
def deployed_environment(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, prod: Synthesis
) -> Iterator[Callable[[Handler], None]]:
    """Sets the variables of the deployed function, with values of this test's stores."""
    monkeypatch.setattr(os, "environ", {**os.environ})
    os.environ.update(dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test"))
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    with mock_aws():
        values = Cloud(database_url, redis_url).environment()

        def enter(handler: Handler) -> None:
            forget_wiring()
            deployed = prod.functions[handler.key].properties.get("Environment", {}).get("Variables", {})
            for name, value in values.items():
                os.environ.pop(name, None)
                if name in deployed:
                    os.environ[name] = value

        yield enter
        forget_wiring()


def test_every_handler_finds_the_settings_that_its_objects_are_built_from(
    deployed_environment: Callable[[Handler], None],
) -> None:
    lacking = []
    for handler in handlers():
        deployed_environment(handler)
        for wire in wirings(handler):
            try:
                wire()
            except Exception as error:
                lacking.append(f"{'.'.join(handler.key)}: {wire.__name__}: {type(error).__name__} {error}")
    assert not lacking


_QUEUES = {
    "DISPATCH_TICK_QUEUE_URL": "rideflow-prod-dispatch-ticks",
    "DISPATCH_OFFER_EXPIRY_QUEUE_URL": "rideflow-prod-dispatch-offer-expiries",
    "HEARTBEAT_QUEUE_URL": "rideflow-prod-supply-heartbeat",
    "CHANNEL_QUEUE_URL": "rideflow-prod-operations-frames",
}


def test_each_address_of_a_queue_is_that_of_the_queue_that_is_meant(prod: Synthesis) -> None:
    queues = {
        named(each.stack, each.logical_id): each.properties["QueueName"] for each in prod.of_type("AWS::SQS::Queue")
    }
    found: dict[str, set[str]] = {}
    for function in prod.functions.values():
        for variable, value in function.properties.get("Environment", {}).get("Variables", {}).items():
            if variable.endswith("_QUEUE_URL"):
                address = str(resolved(value, function.stack, prod))
                found.setdefault(variable, set()).add(queues.get(address) or address.rpartition("/")[2])

    assert found == {variable: {queue} for variable, queue in _QUEUES.items()}
