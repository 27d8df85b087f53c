from typing import ClassVar

import pytest

from rideflow.kernel.frames import Frame
from rideflow.kernel.ids import uuid7
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.service import Realtime
from tests.unit.realtime.memory import NOW, PERSON, Clock, ConnectionsInMemory, GatewayInMemory


class Hello(Frame):
    type: ClassVar[str] = "hello"

    name: str


@pytest.fixture
def connections() -> ConnectionsInMemory:
    return ConnectionsInMemory()


@pytest.fixture
def gateway() -> GatewayInMemory:
    return GatewayInMemory()


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
