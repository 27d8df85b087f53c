from typing import ClassVar
from uuid import uuid4

import pytest

from rideflow.kernel.frames import Frame
from rideflow.kernel.ids import uuid7
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.service import MOST_OPEN, PUSH_LASTS, OpenConnection, Realtime
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


def test_one_connection_too_many_closes_and_forgets_the_oldest(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock
) -> None:
    for number in range(MOST_OPEN + 2):
        realtime.connect(PERSON, f"app-{number}", {"driver"})
        clock.passes(1)

    assert gateway.closed == ["app-0", "app-1"]
    assert connections.ids() == [f"app-{number}" for number in range(2, MOST_OPEN + 2)]


def test_the_connections_of_others_are_left_open(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory
) -> None:
    for number in range(MOST_OPEN):
        realtime.connect(PERSON, f"app-{number}", {"driver"})

    realtime.connect(uuid4(), "somebody-elses", {"driver"})

    assert (gateway.closed, len(connections.ids())) == ([], MOST_OPEN)


def test_the_newest_connection_stays_whatever_another_function_s_clock_said(
    realtime: Realtime, connections: ConnectionsInMemory, clock: Clock
) -> None:
    for number in range(MOST_OPEN):
        realtime.connect(PERSON, f"app-{number}", {"driver"})
    clock.passes(-5)

    realtime.connect(PERSON, "newest", {"driver"})

    assert "newest" in connections.ids()
    assert len(connections.ids()) == MOST_OPEN


@pytest.mark.parametrize(
    ("failure", "age_s"), [(DeliveryFailedError("LimitExceededException"), 60), (ConnectionGoneError("app-0"), 20)]
)
def test_what_may_still_be_open_stays_listed_for_the_end_of_its_session_but_gets_no_frames(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock,
    failure: Exception, age_s: float,
) -> None:  # fmt: skip
    realtime.connect(PERSON, "app-0", {"driver"})
    clock.passes(age_s)
    gateway.failures["app-0"] = failure
    for number in range(1, MOST_OPEN + 1):
        realtime.connect(PERSON, f"app-{number}", {"driver"})
    assert "app-0" in connections.ids()
    gateway.failures.clear()

    assert push(realtime) == MOST_OPEN
    assert "app-0" not in {connection_id for connection_id, _ in gateway.sent}


def test_connections_that_are_gone_are_forgotten_when_there_are_too_many(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock
) -> None:
    realtime.connect(PERSON, "dead", {"driver"})
    clock.passes(60)
    gateway.failures["dead"] = ConnectionGoneError("dead")

    for number in range(MOST_OPEN):
        realtime.connect(PERSON, f"app-{number}", {"driver"})

    assert "dead" not in connections.ids()


def test_a_push_ends_at_its_deadline_however_many_connections_hang(
    realtime: Realtime, gateway: GatewayInMemory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def hangs(connection_id: str, _text: str) -> None:
        tried.append(connection_id)
        clock.passes(1)
        raise DeliveryFailedError("ReadTimeoutError")

    monkeypatch.setattr(gateway, "post", hangs)
    for number in range(MOST_OPEN):
        realtime.connect(PERSON, f"app-{number}", {"driver"})
        clock.passes(1)

    assert push(realtime) == 0
    assert tried == [f"app-{MOST_OPEN - 1}", f"app-{MOST_OPEN - 2}"]
    assert len(tried) == PUSH_LASTS.total_seconds()


def test_connecting_ends_at_the_deadline_too(
    realtime: Realtime, connections: ConnectionsInMemory, gateway: GatewayInMemory, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As when the cap is deployed, and a person has a hundred open."""
    for number in range(100):
        connections.add(PERSON, OpenConnection(f"app-{number}", NOW), {"driver"})
    tried: list[str] = []

    def hangs(connection_id: str) -> None:
        tried.append(connection_id)
        clock.passes(1)
        raise DeliveryFailedError("ReadTimeoutError")

    monkeypatch.setattr(gateway, "close", hangs)
    realtime.connect(PERSON, "newest", {"driver"})

    assert len(tried) == PUSH_LASTS.total_seconds()
    assert "newest" in connections.ids()
