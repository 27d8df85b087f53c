"""Publishing to EventBridge: calls, refused entries, a bus in trouble, and events that are set aside."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from rideflow.kernel import outbox as module
from rideflow.kernel.outbox import EventBridgePublisher, forget
from rideflow.kernel.outbox_sweep import MOST_ATTEMPTS, OutboxSweep, Swept
from rideflow.kernel.postgres import Database
from tests.adapters.kernel.kettles import SOON, boiled, commit, left

REFUSALS = {"Throttled": "ThrottlingException", "Refused": "MalformedDetail"}


class EventBridge:
    """Answers `PutEvents` as EventBridge does; refuses entries by detail-type, or a whole call for a poisonous one."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.poison = ("ValidationException", 400)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert len(Entries) <= 10, "EventBridge takes ten entries a call"
        self.calls.append(Entries)
        answers = [
            {"ErrorCode": REFUSALS[entry["DetailType"]], "ErrorMessage": "no"}
            if entry["DetailType"] in REFUSALS
            else {"EventId": "1"}
            for entry in Entries
        ]
        if any("POISON" in entry["Detail"] for entry in Entries):
            code, status = self.poison
            error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(error, "PutEvents")
        size = sum(len((entry["Source"] + entry["DetailType"] + entry["Detail"]).encode()) for entry in Entries)
        assert size <= 262_144, "EventBridge takes 256 KB a call"
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
        "Detail": '{"litres":1}',
    }


def test_entries_that_eventbridge_refuses_are_not_taken_for_published(event_bridge: EventBridge) -> None:
    sent = [envelope(number, "Refused" if number % 2 else "KettleBoiled") for number in range(6)]

    taken = EventBridgePublisher("bus")(sent)

    assert taken == ["0", "2", "4"]
    assert taken.refused == dict.fromkeys(["1", "3", "5"], "MalformedDetail: no")


@pytest.mark.parametrize("poison", [("ValidationException", 400), ("RequestEntityTooLarge", 413)])
def test_an_entry_that_fails_the_whole_call_is_found_out_and_the_others_are_sent(
    event_bridge: EventBridge, poison: tuple[str, int]
) -> None:
    event_bridge.poison = poison
    sent = [envelope(number) for number in range(12)]
    sent[4]["detail"] = {"kettle": "POISON"}

    taken = EventBridgePublisher("bus")(sent)

    assert sorted(taken, key=int) == [str(number) for number in range(12) if number != 4]
    assert list(taken.refused) == ["4"]
    assert poison[0] in taken.refused["4"]


def test_an_event_that_cannot_be_written_is_refused_alone(event_bridge: EventBridge) -> None:
    sent = [envelope(number) for number in range(3)]
    sent[1]["detail"] = {"steam": "\ud800"}

    taken = EventBridgePublisher("bus")(sent)

    assert taken == ["0", "2"]
    assert "utf-8" in taken.refused["1"]


def test_calls_carry_no_more_than_eventbridge_takes_and_a_larger_event_is_refused(
    event_bridge: EventBridge,
) -> None:
    sent = [envelope(number) for number in range(5)]
    for number, size in ((0, 200_000), (1, 200_000), (3, 262_144), (4, 131_000)):
        sent[number]["detail"] = {"steam": "é" * (size // 4)}  # an é takes two bytes
        sent[number]["detail"]["more"] = "x" * (size // 2)

    taken = EventBridgePublisher("bus")(sent)

    assert taken == ["0", "1", "2", "4"]
    assert list(taken.refused) == ["3"]
    assert [len(call) for call in event_bridge.calls] == [1, 2, 1]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ResourceNotFoundException"])
def test_a_bus_in_trouble_is_no_events_fault(
    database: Database, code: str, monkeypatch: pytest.MonkeyPatch, event_bridge: EventBridge
) -> None:
    error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def fails(**_: object) -> None:
        raise ClientError(error, "PutEvents")

    monkeypatch.setattr(event_bridge, "put_events", fails)
    commit(database, boiled())

    with pytest.raises(ClientError):
        OutboxSweep(database, EventBridgePublisher("bus")).run(SOON)

    assert database.all("select attempts, last_error, set_aside_at from outbox", {}) == [
        {"attempts": 0, "last_error": None, "set_aside_at": None}
    ]


def of_type(database: Database, type: str) -> str:  # noqa: A002
    """A committed event of that type."""
    (event,) = commit(database, boiled())
    database.execute("update outbox set type = %(type)s where id = %(id)s", {"type": type, "id": event.id})
    return str(event.id)


def test_an_event_that_is_refused_is_tried_later_and_later_and_then_set_aside(
    database: Database, event_bridge: EventBridge
) -> None:
    of_type(database, "Refused")
    sweep, now, waited = OutboxSweep(database, EventBridgePublisher("bus")), SOON, []

    for attempt in range(1, MOST_ATTEMPTS + 1):
        swept = sweep.run(now)
        assert (swept.put_off, swept.set_aside) == ((1, 0) if attempt < MOST_ATTEMPTS else (0, 1))
        (row,) = database.all("select attempts, due_at, last_error from outbox", {})
        assert (row["attempts"], row["last_error"]) == (attempt, "MalformedDetail: no")
        assert sweep.run(row["due_at"]) == Swept()  # not yet due
        waited.append((row["due_at"] - now).total_seconds() / 60)
        now = row["due_at"] + timedelta(seconds=1)

    assert waited == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (sweep.run(now + timedelta(days=1)), sweep.set_aside()) == (Swept(), 1)
    assert len(event_bridge.calls) == MOST_ATTEMPTS


def test_events_at_the_head_of_the_queue_that_are_refused_hold_up_none_behind_them(
    database: Database, event_bridge: EventBridge
) -> None:
    for _ in range(4):
        of_type(database, "Refused")
    behind = [str(event.id) for event in commit(database, boiled(3))]
    sweep = OutboxSweep(database, EventBridgePublisher("bus"))

    swept = [sweep.run(SOON, limit=2) for _ in range(5)]

    assert swept == [Swept(put_off=2), Swept(put_off=2), Swept(2), Swept(1), Swept()]
    assert left(database) == 4
    assert len(behind) == 3


def test_an_event_that_is_throttled_is_never_set_aside(database: Database, event_bridge: EventBridge) -> None:
    of_type(database, "Throttled")
    sweep = OutboxSweep(database, EventBridgePublisher("bus"))

    for minute in range(3 * MOST_ATTEMPTS):
        assert sweep.run(SOON + timedelta(minutes=2 * minute)) == Swept(put_off=1)

    assert database.all("select attempts, set_aside_at from outbox", {}) == [{"attempts": 0, "set_aside_at": None}]


def test_an_event_that_came_back_while_it_was_set_aside_is_forgotten(
    database: Database, event_bridge: EventBridge
) -> None:
    event_id = of_type(database, "Refused")
    database.execute("update outbox set set_aside_at = now()", {})

    forget(database, [UUID(event_id)])

    assert left(database) == 0


def test_why_an_event_was_refused_is_known_although_the_bus_is_busy_since(
    database: Database, event_bridge: EventBridge
) -> None:
    of_type(database, "Refused")
    sweep = OutboxSweep(database, EventBridgePublisher("bus"))
    assert sweep.run(SOON) == Swept(put_off=1)
    database.execute("update outbox set type = 'Throttled'", {})

    assert sweep.run(SOON + timedelta(hours=1)) == Swept(put_off=1)

    assert database.all("select attempts, last_error from outbox", {}) == [
        {"attempts": 1, "last_error": "MalformedDetail: no"}
    ]
