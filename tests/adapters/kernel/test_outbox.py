from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, LiteralString

import pytest

from rideflow.kernel.outbox import Outbox, forget, rows
from rideflow.kernel.outbox_sweep import OutboxSweep, Swept
from rideflow.kernel.postgres import Database
from tests.adapters.kernel.conftest import Connect
from tests.adapters.kernel.kettles import SOON, boiled, commit, left


class Bus:
    """A bus that may be down, or accept only some events."""

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


@pytest.fixture
def sweep(database: Database, bus: Bus) -> OutboxSweep:
    return OutboxSweep(database, bus)


def test_committed_events_are_published_without_a_statement_and_deleted_when_they_came_back(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    [event, other] = commit(database, boiled(2))
    before = database.statements

    outbox.publish([event])

    [envelope] = bus.taken
    assert (envelope["source"], envelope["type"]) == ("rideflow.kitchen", "KettleBoiled")
    assert envelope["detail"] == event.model_dump(mode="json")
    assert database.statements == before
    for _ in range(2):  # the event may come back twice
        forget(database, [event.id])
        assert database.all("select id from outbox", {}) == [{"id": other.id}]


def test_events_get_their_statements_values_and_are_added_only_with_its_rows(database: Database) -> None:
    [event] = boiled()
    statement: LiteralString = (
        "with changed as (select 'trip' as id limit %(rows)s)"
        " select id, outbox_add(%(events)s, jsonb_build_object('trip_id', id, 'litres', 2)) from changed"
    )

    assert database.all(statement, {"rows": 0, "events": rows([event])}) == []
    assert left(database) == 0

    [added] = database.all(statement, {"rows": 1, "events": rows([event])})
    assert added["id"] == "trip"
    [row] = database.all("select id, source, type, detail, attempts from outbox", {})
    assert row["detail"] == event.model_dump(mode="json") | {"trip_id": "trip", "litres": 2}
    assert (row["id"], row["source"], row["type"]) == (event.id, "rideflow.kitchen", "KettleBoiled")


def test_a_crash_between_commit_and_publishing_loses_nothing(database: Database, sweep: OutboxSweep, bus: Bus) -> None:
    events = commit(database, boiled(3))  # and then the process crashes

    assert sweep.run(SOON) == Swept(3)

    assert sorted(bus.ids()) == sorted(str(event.id) for event in events)
    assert left(database) == 0


def test_an_event_that_did_not_come_back_is_repeated_once_under_the_same_id(
    database: Database, outbox: Outbox, sweep: OutboxSweep, bus: Bus
) -> None:
    [event] = commit(database, boiled())
    outbox.publish([event])

    assert [sweep.run(SOON) for _ in range(2)] == [Swept(1), Swept()]

    assert bus.ids() == [str(event.id)] * 2
    assert bus.taken[0] == bus.taken[1]


def test_a_bus_that_is_down_fails_nobody_and_is_caught_up_with(
    database: Database, outbox: Outbox, sweep: OutboxSweep, bus: Bus
) -> None:
    events = commit(database, boiled(2))
    bus.down = True

    outbox.publish(events)
    with pytest.raises(ConnectionError):
        sweep.run(SOON)
    assert left(database) == 2

    bus.down = False
    assert sweep.run(SOON) == Swept(2)
    assert left(database) == 0


def test_events_that_the_bus_did_not_take_stay(database: Database, sweep: OutboxSweep, bus: Bus) -> None:
    events = commit(database, boiled(5))
    bus.refuses = {str(events[1].id), str(events[3].id)}

    assert sweep.run(SOON) == Swept(3, put_off=2)
    assert left(database) == 2

    bus.refuses = set()
    assert sweep.run(SOON) == Swept()
    assert sweep.run(SOON + timedelta(minutes=2)) == Swept(2)
    assert len(bus.taken) == 5


def test_events_committed_just_now_are_left_to_their_own_invocation(
    database: Database, sweep: OutboxSweep, bus: Bus
) -> None:
    commit(database, boiled())

    assert sweep.run(datetime.now(UTC) - timedelta(seconds=10)) == Swept()
    assert left(database) == 1


def test_those_that_are_due_the_longest_are_swept_first_and_no_more_than_asked_for(
    database: Database, sweep: OutboxSweep, bus: Bus
) -> None:
    events = [commit(database, boiled())[0] for _ in range(5)]
    database.execute("update outbox set due_at = timestamptz 'epoch' + (now() - created_at)", {})  # the newest first

    sweep.run(SOON, limit=2)

    assert bus.ids() == [str(event.id) for event in events[:2:-1]]


def test_a_sweep_that_runs_out_of_time_keeps_what_it_has_published(
    database: Database, sweep: OutboxSweep, bus: Bus
) -> None:
    """Five hundred events are fifty calls; a slow bus answers so many in no function's time."""
    commit(database, boiled(25))
    published = [sweep.run(SOON) for _ in range(2)]
    bus.down = True

    with pytest.raises(ConnectionError):
        sweep.run(SOON)

    assert published == [Swept(10), Swept(10)]
    assert left(database) == 5


def test_two_sweepers_share_the_work_and_publish_nothing_twice(connect: Connect, bus: Bus) -> None:
    commit(connect(), boiled(40))
    both_read = Barrier(2)

    def slow(envelopes: Sequence[dict[str, Any]]) -> list[str]:
        both_read.wait(timeout=20)  # each sweeper holds its rows while the other reads
        return bus(envelopes)

    sweepers = [OutboxSweep(connect(), slow) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(lambda sweeper: sweeper.run(SOON, limit=20), sweepers))

    assert swept == [Swept(20), Swept(20)]
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


def test_an_announced_event_is_published_after_its_commit_and_kept_if_the_bus_is_down(
    database: Database, outbox: Outbox, bus: Bus
) -> None:
    first, second = boiled(2)

    with outbox.transaction():
        outbox.announce(first)
        assert bus.taken == []
    assert bus.ids() == [str(first.id)]

    bus.down = True
    outbox.announce(second)
    assert left(database) == 2


def test_an_announced_event_is_rolled_back_with_its_transaction(database: Database, outbox: Outbox, bus: Bus) -> None:
    def fail() -> None:
        with outbox.transaction():
            outbox.announce(*boiled(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert bus.taken == []
    assert left(database) == 0


def test_nothing_is_announced_without_an_event(database: Database, outbox: Outbox) -> None:
    before = database.statements

    outbox.announce()

    assert database.statements == before
