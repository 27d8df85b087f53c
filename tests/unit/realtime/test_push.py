from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest

from rideflow.kernel.frames import Frame
from rideflow.kernel.ids import uuid7
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.service import Realtime

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PERSON = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


class Hello(Frame):
    type: ClassVar[str] = "hello"

    name: str


class ConnectionsInMemory:
    def __init__(self) -> None:
        self.open: dict[UUID, list[str]] = {}
        self.failing = False

    def add(self, person_id: UUID, connection_id: str, roles: Iterable[str], connected_at: datetime) -> None:
        self.open.setdefault(person_id, []).append(connection_id)

    def remove(self, person_id: UUID, connection_id: str) -> None:
        if self.failing:
            raise OSError("no route to DynamoDB")
        self.open[person_id].remove(connection_id)

    def of(self, person_id: UUID) -> list[str]:
        if self.failing:
            raise OSError("no route to DynamoDB")
        return list(self.open.get(person_id, []))


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


@pytest.fixture
def realtime(connections: ConnectionsInMemory, gateway: GatewayInMemory) -> Realtime:
    return Realtime(connections, gateway, lambda: NOW)


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
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory
) -> None:
    realtime.connect(PERSON, "dead", {"rider"})
    realtime.connect(PERSON, "alive", {"rider"})
    gateway.failures["dead"] = ConnectionGoneError("dead")

    assert push(realtime) == 1
    assert connections.of(PERSON) == ["alive"]


@pytest.mark.parametrize("failure", [DeliveryFailedError("LimitExceededException"), RuntimeError("unforeseen")])
def test_a_connection_that_cannot_be_reached_now_is_kept(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, failure: Exception
) -> None:
    realtime.connect(PERSON, "slow", {"rider"})
    realtime.connect(PERSON, "alive", {"rider"})
    gateway.failures["slow"] = failure

    assert push(realtime) == 1
    assert connections.of(PERSON) == ["slow", "alive"]


def test_a_store_that_is_down_does_not_fail_the_caller(realtime: Realtime, connections: ConnectionsInMemory) -> None:
    realtime.connect(PERSON, "phone", {"rider"})
    connections.failing = True

    assert push(realtime) == 0


def test_a_dead_connection_that_cannot_be_forgotten_does_not_fail_the_caller(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    realtime.connect(PERSON, "dead", {"rider"})
    gateway.failures["dead"] = ConnectionGoneError("dead")

    def unable(person_id: UUID, connection_id: str) -> None:
        raise OSError("no route to DynamoDB")

    monkeypatch.setattr(connections, "remove", unable)

    assert push(realtime) == 0


def test_a_person_who_disconnected_is_not_pushed_to(realtime: Realtime, gateway: GatewayInMemory) -> None:
    realtime.connect(PERSON, "phone", {"rider"})
    realtime.disconnect(PERSON, "phone")

    assert push(realtime) == 0
    assert gateway.sent == []
