from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, ClassVar

import pytest

from rideflow.kernel import outbox as module
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.outbox import EventBridgePublisher, Outbox, forget, rows
from rideflow.kernel.postgres import Database
from tests.adapters.kernel.conftest import Connect

ADD = (
    "insert into outbox (id, source, type, detail) select id, source, type, detail"
    " from jsonb_to_recordset(%(events)s) as event (id uuid, source text, type text, detail jsonb)"
)
SOON = datetime.now(UTC) + timedelta(hours=1)


class KettleBoiled(DomainEvent):
    context: ClassVar[str] = "kitchen"

    litres: float = 1.5


class Bus:
    """A bus that may be down, or take only some."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.down = False
        self.refuses: set[str] = set()

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        if self.down:
            raise ConnectionError("the bus is down")
        taken = [envelope for envelope in envelopes if envelope["id"] not in self.refuses]
        self.taken += taken
        return [envelope["id"] for envelope in taken]

    def ids(self) -> list[str]:
        return [envelope["id"] for envelope in self.taken]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def outbox(database: Database, bus: Bus) -> Outbox:
    return Outbox(database, bus)


def boiled(number: int = 1) -> list[DomainEvent]:
    return [KettleBoiled(at=datetime.now(UTC)) for _ in range(number)]


def commit(database: Database, events: list[DomainEvent]) -> list[DomainEvent]:
    database.execute(ADD, {"events": rows(events)})
    return events


def left(database: Database) -> int:
    return len(database.all("select id from outbox", {}))


def test_what_was_committed_is_published_without_a_statement_and_forgotten_when_it_came_back(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    [event, other] = commit(database, boiled(2))
    before = database.statements

    outbox.publish([event])

    [envelope] = bus.taken
    assert (envelope["source"], envelope["type"]) == ("rideflow.kitchen", "KettleBoiled")
    assert envelope["detail"] == event.model_dump(mode="json")
    assert database.statements == before
    for _ in range(2):  # it may come back twice
        forget(database, [event.id])
        assert database.all("select id from outbox", {}) == [{"id": other.id}]


def test_a_crash_between_commit_and_publishing_loses_nothing(database: Database, outbox: Outbox, bus: Bus) -> None:
    events = commit(database, boiled(3))  # and then the process is gone

    assert outbox.sweep(SOON) == 3

    assert sorted(bus.ids()) == sorted(str(event.id) for event in events)
    assert left(database) == 0


def test_an_event_that_did_not_come_back_is_repeated_once_under_the_same_id(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    [event] = commit(database, boiled())
    outbox.publish([event])

    assert [outbox.sweep(SOON) for _ in range(2)] == [1, 0]

    assert bus.ids() == [str(event.id)] * 2
    assert bus.taken[0] == bus.taken[1]


def test_a_bus_that_is_down_fails_nobody_and_is_caught_up_with(database: Database, outbox: Outbox, bus: Bus) -> None:
    events = commit(database, boiled(2))
    bus.down = True

    outbox.publish(events)
    with pytest.raises(ConnectionError):
        outbox.sweep(SOON)
    assert left(database) == 2

    bus.down = False
    assert outbox.sweep(SOON) == 2
    assert left(database) == 0


def test_what_the_bus_did_not_take_stays(database: Database, outbox: Outbox, bus: Bus) -> None:
    events = commit(database, boiled(5))
    bus.refuses = {str(events[1].id), str(events[3].id)}

    assert outbox.sweep(SOON) == 3
    assert left(database) == 2

    bus.refuses = set()
    assert outbox.sweep(SOON) == 2
    assert len(bus.taken) == 5


def test_what_was_committed_just_now_is_left_to_its_own_invocation(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    commit(database, boiled())

    assert outbox.sweep(datetime.now(UTC) - timedelta(seconds=10)) == 0
    assert left(database) == 1


def test_the_oldest_are_swept_first_and_no_more_than_asked_for(database: Database, outbox: Outbox, bus: Bus) -> None:
    events = [commit(database, boiled())[0] for _ in range(5)]

    outbox.sweep(SOON, limit=2)

    assert bus.ids() == [str(event.id) for event in events[:2]]


def test_two_sweepers_share_the_work_and_publish_nothing_twice(connect: Connect, bus: Bus) -> None:
    commit(connect(), boiled(40))
    both_read = Barrier(2)

    def slow(envelopes: Sequence[dict[str, Any]]) -> list[str]:
        both_read.wait(timeout=20)  # each holds its rows while the other reads
        return bus(envelopes)

    sweepers = [Outbox(connect(), slow) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(lambda sweeper: sweeper.sweep(SOON, limit=20), sweepers))

    assert swept == [20, 20]
    assert len(set(bus.ids())) == len(bus.taken) == 40


def test_inside_a_transaction_publishing_waits_for_the_commit(database: Database, outbox: Outbox, bus: Bus) -> None:
    with outbox.transaction():
        outbox.publish(commit(database, boiled()))
        assert bus.taken == []

    assert len(bus.taken) == 1


def test_a_transaction_that_fails_publishes_nothing_and_leaves_nothing(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    def fail_at_the_end() -> None:
        with outbox.transaction():
            outbox.publish(commit(database, boiled()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()

    assert (bus.taken, left(database)) == ([], 0)
    outbox.publish(commit(database, boiled()))
    assert len(bus.taken) == 1


class EventBridge:
    """Answers `PutEvents` as EventBridge does; an entry whose detail-type is `Refused` is throttled."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert len(Entries) <= 10, "EventBridge takes ten entries a call"
        self.calls.append(Entries)
        answers = [
            {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
            if entry["DetailType"] == "Refused"
            else {"EventId": "1"}
            for entry in Entries
        ]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


@pytest.fixture
def event_bridge(monkeypatch: pytest.MonkeyPatch) -> EventBridge:
    found = EventBridge()
    monkeypatch.setattr(module, "_events_client", lambda: found)
    return found


def envelope(number: int, type: str = "KettleBoiled") -> dict[str, Any]:  # noqa: A002 - the envelope's own name
    return {"id": str(number), "source": "rideflow.kitchen", "type": type, "detail": {"litres": number}}


def test_events_go_ten_at_a_time(event_bridge: EventBridge) -> None:
    taken = EventBridgePublisher("bus")([envelope(number) for number in range(23)])

    assert [len(call) for call in event_bridge.calls] == [10, 10, 3]
    assert taken == [str(number) for number in range(23)]
    assert event_bridge.calls[0][1] == {
        "EventBusName": "bus",
        "Source": "rideflow.kitchen",
        "DetailType": "KettleBoiled",
        "Detail": '{"litres": 1}',
    }


def test_entries_that_eventbridge_refuses_are_not_taken_for_published(event_bridge: EventBridge) -> None:
    sent = [envelope(number, "Refused" if number % 2 else "KettleBoiled") for number in range(6)]

    assert EventBridgePublisher("bus")(sent) == ["0", "2", "4"]


def test_entries_that_eventbridge_refuses_stay_in_the_outbox(database: Database, event_bridge: EventBridge) -> None:
    database.execute(ADD, {"events": rows(boiled(2))})
    database.execute("update outbox set type = 'Refused' where id = (select min(id::text)::uuid from outbox)", {})

    assert Outbox(database, EventBridgePublisher("bus")).sweep(SOON) == 1
    assert database.all("select type from outbox", {}) == [{"type": "Refused"}]
