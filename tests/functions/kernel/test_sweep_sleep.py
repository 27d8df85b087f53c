"""A sweep sleeps while nobody uses the database and nothing is ahead of it, and never on anybody's work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, LiteralString

import boto3
import pytest

from rideflow.kernel.clock import utc_now
from rideflow.kernel.consumer import scheduled
from rideflow.kernel.database_use import DatabaseUse
from rideflow.kernel.outbox_sweep import first_due_at
from rideflow.kernel.postgres import (
    Database,
    DatabaseUnavailableError,
    Parameters,
    Row,
    connect,
    database,
    open_session,
)
from rideflow.kernel.settings import DatabaseSettings
from rideflow.kernel.sweep_sleep import LOOK, SLEEPS_AT_MOST, SOON, sleeps
from tests.functions.cloud import Cloud, forget_wiring
from tests.functions.lambda_events import LambdaContext
from tests.functions.sleeping import TABLE, Night

NOON = datetime(2026, 11, 30, 12, 1, tzinfo=UTC)
ADD_EVENT: LiteralString = (
    "insert into outbox (id, source, type, detail) values (gen_random_uuid(), 'rideflow.kitchen', 'Boiled', '{}')"
)


def nothing(_look: Database) -> None:
    return None


def at(due: datetime) -> Callable[[Database], datetime]:
    return lambda _: due


def boil(on: Database) -> None:
    on.execute(ADD_EVENT, {})


def another_function() -> Database:
    """The database as another function's environment has it."""
    return Database(open_session)


def asleep(ahead: Callable[[Database], datetime | None] = nothing, now: datetime | None = None) -> bool:
    """Start the sweep; whether it sleeps."""
    return sleeps("sweep_kettles", ahead, now or utc_now())


def test_where_nothing_lives_a_sweep_sleeps_and_leaves_the_database_alone(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def sweep_kettles() -> None:
        runs.append("run")

    app = scheduled(sweep_kettles, ahead=nothing)
    night.falls()

    app({}, LambdaContext())
    monkeypatch.setenv("DATABASE_PORT", "9")
    app({}, LambdaContext())

    assert runs == []


def test_a_database_that_never_pauses_has_no_sleeping_sweeps(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rideflow.kernel.database_use.dynamodb", None)
    runs: list[str] = []

    def sweep_kettles() -> None:
        runs.append("run")
        boil(database())

    app = scheduled(sweep_kettles, ahead=nothing)
    for _ in range(2):
        app({}, LambdaContext())

    assert runs == ["run", "run"]
    assert database().one("show idle_session_timeout", {}) == {"idle_session_timeout": "0"}


def test_a_function_that_opens_a_session_wakes_every_sweep_before_it_does_anything(night: Night) -> None:
    night.falls()
    assert asleep()

    with closing(another_function()) as other:
        other.one("select 1", {})
    night.falls()

    assert asleep(first_due_at)  # it looked again and found nothing
    with closing(another_function()) as other:
        boil(other)
    night.falls()
    assert not asleep(first_due_at)


def test_a_session_that_is_open_keeps_sweeps_awake_however_long_it_has_been(night: Night) -> None:
    """It may be used again without being counted again."""
    with closing(another_function()) as other:
        other.one("select 1", {})
        assert not asleep(now=NOON)
        assert not asleep(now=NOON + timedelta(hours=3))
    night.falls()
    assert asleep()


def test_sweeps_that_look_at_the_same_time_do_not_keep_each_other_awake(night: Night) -> None:
    night.falls()
    with closing(connect(DatabaseSettings.from_environment(), LOOK)):
        assert asleep()


def test_a_session_that_opens_while_a_sweep_looks_ends_its_sleep(night: Night) -> None:
    def meanwhile(look: Database) -> datetime | None:
        due = first_due_at(look)
        with closing(another_function()) as other:
            boil(other)
        return due

    night.falls()
    assert asleep(meanwhile)  # this once: it had looked before
    night.falls()

    assert not asleep(first_due_at)


def test_a_session_that_is_open_but_not_counted_yet_keeps_sweeps_awake(night: Night) -> None:
    """Its function goes on to count it and to use it."""
    night.falls()
    with closing(connect(DatabaseSettings.from_environment())) as session:
        assert not asleep(first_due_at)
        session.execute(ADD_EVENT)


def test_what_a_session_did_before_it_ended_is_seen_by_a_look_that_missed_the_session(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was counted before the look; it commits and ends just before the look asks who is connected."""
    night.falls()
    other = another_function()
    other.one("select 1", {})
    ask = Database.one

    def one(self: Database, statement: LiteralString, parameters: Parameters) -> Row | None:
        if "pg_stat_activity" in statement:
            boil(other)
            other.close()
            night.waits_for_the_others_to_leave()
        return ask(self, statement, parameters)

    monkeypatch.setattr(Database, "one", one)

    assert not asleep(first_due_at)


def test_no_interleaving_lets_a_sweep_sleep_on_an_event(night: Night) -> None:
    """Functions that open a session, leave an event and end race with a sweep that looks."""
    night.falls()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(40):
            start = Barrier(2)

            def leave(start: Barrier = start) -> None:
                start.wait()
                with closing(another_function()) as other:
                    boil(other)

            def look(start: Barrier = start) -> None:
                start.wait()
                asleep(first_due_at)

            for each in [threads.submit(leave), threads.submit(look)]:
                each.result()
            assert not asleep(first_due_at)
            night.cloud.rows("delete from outbox")
            night.falls()


def test_work_that_is_due_soon_is_waited_for_and_what_is_due_later_wakes_the_sweep_in_time(night: Night) -> None:
    night.falls()
    for soon in (NOON - timedelta(days=1), NOON, NOON + SOON):
        assert not asleep(at(soon), NOON)

    due = NOON + timedelta(hours=3)
    assert asleep(lambda _: due, NOON)
    assert asleep(lambda _: due, due - timedelta(seconds=1))
    assert not asleep(lambda _: due, due)


def test_every_sweep_wakes_twice_a_day_and_all_at_the_same_time(night: Night) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    night.falls()
    looks: list[datetime] = []

    def ahead(_: Database) -> None:
        looks.append(now)

    for now in (NOON, NOON + timedelta(hours=7), midnight - timedelta(seconds=1), midnight):
        assert asleep(ahead, now)

    assert looks == [NOON, midnight]
    assert timedelta(hours=12) == SLEEPS_AT_MOST


def test_a_new_release_wakes_sweeps_because_its_rules_may_make_work_due_sooner(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    night.falls()
    assert asleep(now=NOON)

    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "8")

    assert not asleep(lambda _: NOON, NOON)


def test_one_sweep_s_sleep_is_not_another_s(night: Night) -> None:
    night.falls()
    assert sleeps("sweep_kettles", nothing, NOON)
    assert not sleeps("sweep_stoves", lambda _: NOON, NOON)


def test_a_sweep_that_cannot_tell_what_is_ahead_runs(night: Night) -> None:
    def unknown(_: Database) -> None:
        raise RuntimeError("Redis does not answer")

    night.falls()

    assert not asleep(unknown)
    assert asleep()


@pytest.mark.parametrize("fails", [False, True])
def test_a_sweep_that_ran_leaves_no_session_that_keeps_the_others_awake(night: Night, fails: bool) -> None:
    def sweep_kettles() -> None:
        boil(database())
        if fails:
            raise RuntimeError("the kettle is empty")

    night.falls()
    try:
        scheduled(sweep_kettles, ahead=lambda _: utc_now())({}, LambdaContext())
    except RuntimeError:
        assert fails

    night.waits_for_the_others_to_leave()


def test_what_an_awake_sweep_does_wakes_the_others(night: Night) -> None:
    """The trip that comes of a scheduled ride is swept by other sweeps."""
    night.falls()
    assert asleep()

    scheduled(lambda: boil(database()), ahead=lambda _: utc_now())({}, LambdaContext())
    night.waits_for_the_others_to_leave()

    assert not asleep(first_due_at)


def test_without_its_table_the_stage_says_so_and_nothing_is_left_that_a_sweep_might_miss(night: Night) -> None:
    night.falls()
    assert asleep()
    boto3.client("dynamodb").delete_table(TableName=TABLE)
    runs: list[str] = []

    scheduled(lambda: runs.append("run"), ahead=nothing)({}, LambdaContext())
    with pytest.raises(DatabaseUnavailableError):
        boil(another_function())

    assert runs == ["run"]
    assert night.cloud.rows("select * from outbox") == []
    night.waits_for_the_others_to_leave()


def test_a_read_that_dynamodb_puts_off_lets_nobody_sleep(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.falls()
    assert asleep()

    class Throttled:
        def batch_get_item(self, **_: Any) -> dict[str, Any]:
            return {"Responses": {}, "UnprocessedKeys": {TABLE: {}}}

    monkeypatch.setattr("rideflow.kernel.database_use.dynamodb", lambda _: Throttled())

    assert not asleep()


def test_the_count_is_read_as_it_is_now(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB's other reads may be some seconds old, and moto has none of those."""
    asked: list[dict[str, Any]] = []

    class Noted:
        def batch_get_item(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            return {"Responses": {}}

    monkeypatch.setattr("rideflow.kernel.database_use.dynamodb", lambda _: Noted())
    DatabaseUse(TABLE).read("sweep_kettles")

    assert [request["RequestItems"][TABLE]["ConsistentRead"] for request in asked] == [True]


def test_the_server_ends_sessions_that_frozen_environments_keep_open(night: Night) -> None:
    with closing(another_function()) as session:
        assert session.one("show idle_session_timeout", {}) == {"idle_session_timeout": "1min"}
        assert session.one("show idle_in_transaction_session_timeout", {}) == {
            "idle_in_transaction_session_timeout": "1min"
        }
        assert session.one("show statement_timeout", {}) == {"statement_timeout": "8s"}


def test_a_session_that_the_server_ended_is_opened_again_and_counted(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(another_function()) as frozen:
        with monkeypatch.context() as at_first:
            at_first.setattr("rideflow.kernel.postgres.IDLE_SESSION_LASTS_MS", 1_000)
            frozen.one("select 1", {})
        night.waits_for_the_others_to_leave()
        before = DatabaseUse(TABLE).read("any").sessions

        assert frozen.one("select 1 as one", {}) == {"one": 1}
        assert DatabaseUse(TABLE).read("any").sessions == before + 1


def test_a_database_that_wakes_is_waited_for(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first connections fail; the run is started again, and finds what is due."""
    port = DatabaseSettings.from_environment().port
    night.falls()
    runs: list[int] = []

    def sweep_kettles() -> None:
        boil(database())
        runs.append(1)

    app = scheduled(sweep_kettles, ahead=nothing)
    monkeypatch.setenv("DATABASE_PORT", "9")
    with pytest.raises(DatabaseUnavailableError):
        app({}, LambdaContext())
    monkeypatch.setenv("DATABASE_PORT", str(port))
    forget_wiring()
    with closing(another_function()) as other:
        other.one("select 1", {})
        app({}, LambdaContext())

    assert runs == [1]
