from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from rideflow.kernel.frames import Frame
from rideflow.kernel.ids import uuid7
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.service import OpenConnection, Realtime

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PERSON = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


class Hello(Frame):
    type: ClassVar[str] = "hello"

    name: str


class ConnectionsInMemory:
    def __init__(self) -> None:
        self.open: dict[UUID, dict[str, OpenConnection]] = {}
        self.failing = False
        self.keeping = False

    def add(self, person_id: UUID, opened: OpenConnection, roles: Iterable[str]) -> None:
        self.open.setdefault(person_id, {})[opened.id] = opened

    def remove(self, person_id: UUID, connection_id: str) -> None:
        if self.failing or self.keeping:
            raise OSError("no route to DynamoDB")
        del self.open[person_id][connection_id]

    def of(self, person_id: UUID) -> list[OpenConnection]:
        if self.failing:
            raise OSError("no route to DynamoDB")
        return list(self.open.get(person_id, {}).values())

    def ids(self) -> list[str]:
        return [connection.id for connection in self.of(PERSON)]


class GatewayInMemory:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.failures: dict[str, Exception] = {}

    def post(self, connection_id: str, text: str) -> None:
        if failure := self.failures.get(connection_id):
            raise failure
        self.sent.append((connection_id, text))


@pytest.fixture
def connections() -> ConnectionsInMemory:
    return ConnectionsInMemory()


@pytest.fixture
def gateway() -> GatewayInMemory:
    return GatewayInMemory()


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def realtime(connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock) -> Realtime:
    return Realtime(connections, gateway, clock)


def push(realtime: Realtime) -> int:
    return realtime.push(PERSON, Hello(name="Ada"), id=uuid7(), at=NOW)


def test_a_frame_reaches_every_connection_of_the_person(realtime: Realtime, gateway: GatewayInMemory) -> None:
    realtime.connect(PERSON, "phone", {"rider"})
    realtime.connect(PERSON, "tablet", {"rider"})
    frame_id = uuid7()

    assert realtime.push(PERSON, Hello(name="Ada"), id=frame_id, at=NOW) == 2

    text = f'{{"type":"hello","id":"{frame_id}","at":"2026-10-01T18:00:00Z","data":{{"name":"Ada"}}}}'
    assert gateway.sent == [("phone", text), ("tablet", text)]


def test_pushing_to_someone_who_is_not_connected_reaches_nobody(realtime: Realtime, gateway: GatewayInMemory) -> None:
    assert push(realtime) == 0
    assert gateway.sent == []


def test_a_connection_that_is_gone_is_forgotten_and_the_others_are_served(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock
) -> None:
    realtime.connect(PERSON, "dead", {"rider"})
    realtime.connect(PERSON, "alive", {"rider"})
    clock.passes(30)
    gateway.failures["dead"] = ConnectionGoneError("dead")

    assert push(realtime) == 1
    assert connections.ids() == ["alive"]


@pytest.mark.parametrize("age_s", [0, 0.3, 29, 29.9])
def test_an_app_whose_handshake_may_not_be_answered_yet_is_not_forgotten(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock, age_s: float
) -> None:
    """API Gateway knows a connection only after `$connect` was answered, which is after it was listed."""
    realtime.connect(PERSON, "phone", {"rider"})
    gateway.failures["phone"] = ConnectionGoneError("phone")
    clock.passes(age_s)

    assert push(realtime) == 0
    del gateway.failures["phone"]

    assert push(realtime) == 1
    assert connections.ids() == ["phone"]


@pytest.mark.parametrize("failure", [DeliveryFailedError("LimitExceededException"), RuntimeError("unforeseen")])
def test_a_connection_that_cannot_be_reached_now_is_kept(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, failure: Exception
) -> None:
    realtime.connect(PERSON, "slow", {"rider"})
    realtime.connect(PERSON, "alive", {"rider"})
    gateway.failures["slow"] = failure

    assert push(realtime) == 1
    assert connections.ids() == ["slow", "alive"]


def test_a_store_that_is_down_does_not_fail_the_caller(realtime: Realtime, connections: ConnectionsInMemory) -> None:
    realtime.connect(PERSON, "phone", {"rider"})
    connections.failing = True

    assert push(realtime) == 0


def test_a_dead_connection_that_cannot_be_forgotten_does_not_fail_the_caller(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock
) -> None:
    realtime.connect(PERSON, "dead", {"rider"})
    clock.passes(30)
    gateway.failures["dead"] = ConnectionGoneError("dead")

    connections.keeping = True

    assert push(realtime) == 0


def test_a_person_who_disconnected_is_not_pushed_to(realtime: Realtime, gateway: GatewayInMemory) -> None:
    realtime.connect(PERSON, "phone", {"rider"})
    realtime.disconnect(PERSON, "phone")

    assert push(realtime) == 0
    assert gateway.sent == []
