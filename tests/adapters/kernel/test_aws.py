"""AWS clients in front of a service that takes connections and never answers."""

import ast
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

import rideflow
from rideflow.kernel import executions, outbox, queues
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.model import Message
from rideflow.kernel.outbox import EventBridgePublisher, Outbox
from rideflow.kernel.postgres import Database
from rideflow.kernel.queues import Queue, QueueUnavailableError
from rideflow.payments.providers.errors import ProviderUnavailableError
from rideflow.payments.providers.stripe.client import Secrets
from rideflow.realtime import gateway

FUNCTION_S = 10
"""The time that most functions have."""


class KettleBoiled(DomainEvent):
    context: ClassVar[str] = "kitchen"


class Kettle(Message):
    litres: float = 1.5


def _clear() -> None:
    for module_client in (outbox._events_client, queues._client, executions.states_client):
        if module_client.cache_info().currsize:
            module_client().close()
        module_client.cache_clear()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """The connections that the silent service has taken."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        for name, value in {
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.getsockname()[1]}",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        _clear()
        yield taken
        _clear()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for each in taken:
        each.close()


def test_a_bus_that_hangs_is_tried_once_and_the_event_is_left_to_the_sweep(connections: list[socket.socket]) -> None:
    outbox._events_client()  # what follows is the call alone
    began = time.monotonic()

    Outbox(cast(Database, None), EventBridgePublisher("bus")).publish([KettleBoiled(at=datetime.now(UTC))])

    assert len(connections) == 1
    assert time.monotonic() - began < FUNCTION_S


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: Secrets("arn:secret").current(), ProviderUnavailableError),
        (lambda: Queue(f"{os.environ['AWS_ENDPOINT_URL']}/1/kettles").send(Kettle()), QueueUnavailableError),
    ],
    ids=["secret", "queue"],
)
def test_a_service_that_hangs_is_asked_twice_and_is_unavailable_then(
    connections: list[socket.socket], call: Callable[[], Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        call()

    assert len(connections) == 2


@pytest.mark.usefixtures("connections")
@pytest.mark.parametrize(
    "client_of",
    [
        queues._client,
        outbox._events_client,
        executions.states_client,
        lambda: gateway._client.__wrapped__("http://127.0.0.1:1/live"),
    ],
    ids=["sqs", "events", "stepfunctions", "gateway"],
)
def test_what_a_call_may_take_at_most_leaves_its_function_time(client_of: Callable[[], Any]) -> None:
    config = client_of().meta.config

    assert config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout) < FUNCTION_S


def test_no_client_waits_as_long_as_boto3_does_by_itself() -> None:
    calls = [
        (path.name, {keyword.arg for keyword in node.keywords})
        for path in Path(next(iter(rideflow.__path__))).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("boto3.client", "boto3.resource")
    ]

    assert calls != []
    assert [name for name, keywords in calls if "config" not in keywords] == []
