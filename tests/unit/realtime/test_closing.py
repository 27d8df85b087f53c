import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.access import Caller
from rideflow.kernel.ids import uuid7
from rideflow.kernel.sessions import Ended
from rideflow.realtime.closing import Closing, ConnectionAdmission, UserLoggedOut
from rideflow.realtime.errors import (
    ConnectionGoneError,
    DeliveryFailedError,
    SessionEndedError,
    StillConnectingError,
)
from rideflow.realtime.service import Realtime
from tests.unit.realtime.memory import NOW, PERSON, Clock, ConnectionsInMemory, GatewayInMemory

NOW_S = int(NOW.timestamp())
RIDER = Caller(PERSON, frozenset({"rider"}), frozenset(), session="session-1", issued_at=NOW_S - 60)


class EndedInMemory:
    def __init__(self) -> None:
        self.known: dict[UUID, list[Ended]] = {}

    def of(self, person_id: UUID) -> list[Ended]:
        return self.known.get(person_id, [])


class House:
    """Realtime with its dependencies in memory. `meanwhile` runs during a wait."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.connections = ConnectionsInMemory()
        self.gateway = GatewayInMemory()
        self.ended = EndedInMemory()
        self.waited: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.realtime = Realtime(self.connections, self.gateway, self.clock)
        self.admission = ConnectionAdmission(self.realtime, self.ended)
        self.closing = Closing(self.connections, self.gateway, self.clock, self._wait)

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.passes(seconds)
        self.meanwhile()

    def opened(self, connection_id: str, session: str | None = "session-1") -> None:
        self.realtime.connect(PERSON, connection_id, {"rider"}, session)

    def signed_out(self, session: str | None = "session-1", reason: str = "signed_out") -> None:
        event = UserLoggedOut(id=uuid7(), at=self.clock(), person_id=PERSON, session=session, reason=reason)
        self.closing.close(event)


@pytest.fixture
def house() -> House:
    return House()


def test_connections_of_an_ended_session_are_closed_with_the_reason(house: House) -> None:
    house.opened("phone")
    house.opened("tablet", "session-2")

    house.signed_out()

    assert house.gateway.closed == ["phone"]
    [(connection_id, text)] = house.gateway.sent
    frame = json.loads(text)
    assert (connection_id, frame["type"], frame["data"]) == ("phone", "session.ended", {"reason": "signed_out"})
    assert house.connections.ids() == ["tablet"]


def test_the_end_of_everything_closes_every_session_that_was_open_then(house: House) -> None:
    house.opened("phone")
    house.opened("tablet", "session-2")
    house.opened("old-app", None)

    house.signed_out(None, "suspended")

    assert sorted(house.gateway.closed) == ["old-app", "phone", "tablet"]
    assert {json.loads(text)["data"]["reason"] for _, text in house.gateway.sent} == {"suspended"}


def test_news_that_comes_late_closes_nothing_that_was_opened_since(house: House) -> None:
    ended_at = house.clock()
    house.clock.passes(30)
    house.opened("phone", "session-2")

    house.closing.close(UserLoggedOut(id=uuid4(), at=ended_at, person_id=PERSON, session=None, reason="role_changed"))

    assert house.gateway.closed == []


def test_news_that_comes_twice_closes_once(house: House) -> None:
    house.opened("phone")

    house.signed_out()
    house.signed_out()

    assert house.gateway.closed == ["phone"]


def test_a_connection_whose_handshake_is_not_answered_yet_is_waited_for_and_closed(house: House) -> None:
    house.opened("phone")
    house.gateway.failures["phone"] = ConnectionGoneError("phone")
    house.meanwhile = house.gateway.failures.clear

    house.signed_out()

    assert house.gateway.closed == ["phone"]
    assert sum(house.waited) < 1


def test_a_handshake_that_stays_unanswered_is_left_to_the_next_delivery(house: House) -> None:
    house.opened("phone")
    house.opened("tablet")
    house.gateway.failures["phone"] = ConnectionGoneError("phone")

    with pytest.raises(StillConnectingError):
        house.signed_out()
    assert house.gateway.closed == ["tablet"]
    assert house.connections.ids() == ["phone"]

    house.clock.passes(30)
    house.signed_out()
    assert house.connections.ids() == []


def test_open_handshakes_are_waited_for_together(house: House) -> None:
    """Else ten of them would take longer than the function has."""
    for number in range(10):
        house.opened(f"app-{number}")
        house.gateway.failures[f"app-{number}"] = ConnectionGoneError(f"app-{number}")

    with pytest.raises(StillConnectingError):
        house.signed_out()

    assert sum(house.waited) < 4
    assert len(house.connections.ids()) == 10


def test_a_connection_that_is_gone_is_closed_already(house: House) -> None:
    house.opened("phone")
    house.clock.passes(30)
    house.gateway.failures["phone"] = ConnectionGoneError("phone")

    house.signed_out()

    assert (house.waited, house.connections.ids()) == ([], [])


def test_a_gateway_that_does_not_answer_leaves_it_to_the_next_delivery(house: House) -> None:
    house.opened("phone")
    house.gateway.failures["phone"] = DeliveryFailedError("ServiceUnavailable")

    with pytest.raises(DeliveryFailedError):
        house.signed_out()
    assert house.connections.ids() == ["phone"]

    house.gateway.failures.clear()
    house.signed_out()
    assert house.gateway.closed == ["phone"]


def test_an_app_that_cannot_be_told_why_is_closed_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.opened("phone")

    def busy(_connection_id: str, _text: str) -> None:
        raise DeliveryFailedError("LimitExceededException")

    monkeypatch.setattr(house.gateway, "post", busy)
    house.signed_out()

    assert house.gateway.closed == ["phone"]


@pytest.mark.parametrize("ended", [Ended("session-1", NOW_S), Ended(None, NOW_S)], ids=["session", "everything"])
def test_a_person_who_was_signed_out_while_connecting_is_not_let_in(house: House, ended: Ended) -> None:
    """The authorizer accepted the token a moment before."""
    house.ended.known[PERSON] = [ended]

    with pytest.raises(SessionEndedError):
        house.admission.connect(RIDER, "phone")
    assert house.connections.ids() == []


def test_a_connection_is_listed_before_its_session_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise neither side would see a session that ends between the two steps."""
    listed: list[list[str]] = []

    def of(_person_id: UUID) -> list[Ended]:
        listed.append(house.connections.ids())
        return []

    monkeypatch.setattr(house.ended, "of", of)
    house.admission.connect(RIDER, "phone")

    assert listed == [["phone"]]
    [connection] = house.connections.of(PERSON)
    assert (connection.session, connection.connected_at) == ("session-1", NOW)


def test_a_person_who_signed_in_since_is_let_in(house: House) -> None:
    house.ended.known[PERSON] = [Ended("session-0", NOW_S), Ended(None, NOW_S - 61)]

    house.admission.connect(RIDER, "phone")

    assert house.connections.ids() == ["phone"]
