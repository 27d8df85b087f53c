import json
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from functions.kernel import forget_idempotency_keys, migrate, on_event_published, sweep_outbox
from rideflow.kernel.deadline import Deadline
from rideflow.kernel.migrations import pending
from rideflow.kernel.outbox import EventBridgePublisher
from rideflow.kernel.postgres import DatabaseUnavailableError
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Json, LambdaContext

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events" / "kernel"


def example(operation: str) -> Json:
    event: Json = json.loads((EVENTS / f"{operation}.json").read_text())
    return event


def left_behind(cloud: Cloud, events: int, *, ago: str) -> None:
    cloud.rows(
        "insert into outbox (id, source, type, detail, created_at, due_at)"
        " select gen_random_uuid(), 'rideflow.kitchen', 'Boiled', jsonb_build_object('n', n), at, at"
        " from (select now() - %s::interval as at) as committed, generate_series(1, %s) as n",
        ago,
        events,
    )


def test_events_that_a_crash_left_behind_are_published(cloud: Cloud) -> None:
    left_behind(cloud, 3, ago="31 seconds")

    sweep_outbox.app(example("sweep_outbox"), LambdaContext())

    assert sorted(event["detail"]["n"] for event in cloud.published()) == [1, 2, 3]
    assert cloud.rows("select id from outbox") == []


def test_a_backlog_of_more_than_a_batch_is_worked_off_in_one_run(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []

    def take(_: EventBridgePublisher, envelopes: Sequence[Json]) -> list[str]:
        batches.append(len(envelopes))
        return [envelope["id"] for envelope in envelopes]

    monkeypatch.setattr(EventBridgePublisher, "__call__", take)
    left_behind(cloud, 25, ago="1 minute")

    sweep_outbox.app(example("sweep_outbox"), LambdaContext())

    assert batches == [10, 10, 5]
    assert cloud.rows("select id from outbox") == []


def test_a_slow_bus_ends_the_run_in_time_and_what_it_took_is_forgotten(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 1_000, 15))
    monkeypatch.setattr(sweep_outbox, "Deadline", lambda lasts_s: Deadline(lasts_s, lambda: next(seconds)))
    left_behind(cloud, 35, ago="1 minute")

    sweep_outbox.app(example("sweep_outbox"), LambdaContext())

    assert len(cloud.published()) == 20
    assert len(cloud.rows("select id from outbox")) == 15


def test_events_whose_invocation_may_still_publish_them_are_left_to_it(cloud: Cloud) -> None:
    left_behind(cloud, 1, ago="20 seconds")

    sweep_outbox.app(example("sweep_outbox"), LambdaContext())

    assert cloud.published() == []


def test_events_that_came_back_from_the_bus_are_not_published_again(cloud: Cloud) -> None:
    came_back = example("on_event_published")
    ids = [json.loads(record["body"])["detail"]["id"] for record in came_back["Records"]]
    left_behind(cloud, 1, ago="1 hour")
    for event_id in ids:
        cloud.rows("insert into outbox (id, source, type, detail) values (%s, 'rideflow.trips', 'T', '{}')", event_id)
    came_back["Records"].append({**came_back["Records"][0], "messageId": "odd", "body": '{"detail-type": "Odd"}'})

    for _ in range(2):
        taken = on_event_published.app(came_back, LambdaContext())

        assert taken == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
        assert [row["type"] for row in cloud.rows("select type from outbox")] == ["Boiled"]


def test_a_database_that_does_not_answer_brings_the_whole_batch_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PORT", "9")

    with pytest.raises(DatabaseUnavailableError):
        on_event_published.app(example("on_event_published"), LambdaContext())


def test_idempotency_keys_are_kept_for_a_day(cloud: Cloud) -> None:
    for hours in (23, 25):
        cloud.rows(
            "insert into idempotency_keys values (%s, 'make', %s, '', '{}', now() - make_interval(hours => %s))",
            uuid4(),
            f"used-{hours}-hours-ago",
            hours,
        )

    forget_idempotency_keys.app(example("forget_idempotency_keys"), LambdaContext())

    assert [row["key"] for row in cloud.rows("select key from idempotency_keys")] == ["used-23-hours-ago"]


def test_old_keys_and_limits_go_in_batches_and_a_run_ends_in_time(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: what is left has the next run."""
    seconds = iter(range(0, 1_000, 8))
    monkeypatch.setattr(forget_idempotency_keys, "Deadline", lambda lasts_s: Deadline(lasts_s, lambda: next(seconds)))
    monkeypatch.setattr(forget_idempotency_keys, "BATCH", 3)
    cloud.rows(
        "insert into idempotency_keys select gen_random_uuid(), 'make', 'key', '', '{}', now() - interval '2 days'"
        " from generate_series(1, 10)"
    )
    cloud.rows("insert into rate_limits select gen_random_uuid(), 'quote', now() - interval '2 days'"
               " from generate_series(1, 4)")  # fmt: skip

    forget_idempotency_keys.app(example("forget_idempotency_keys"), LambdaContext())

    assert len(cloud.rows("select key from idempotency_keys")) == 4
    assert cloud.rows("select operation from rate_limits") == []


def test_limits_that_have_been_full_for_a_day_are_forgotten(cloud: Cloud) -> None:
    for hours in (23, 25):
        cloud.rows(
            "insert into rate_limits values (%s, %s, now() - make_interval(hours => %s))",
            uuid4(),
            f"full-for-{hours}-hours",
            hours,
        )

    forget_idempotency_keys.app(example("forget_idempotency_keys"), LambdaContext())

    assert [row["operation"] for row in cloud.rows("select operation from rate_limits")] == ["full-for-23-hours"]


def test_migrating_a_migrated_database_changes_nothing(cloud: Cloud) -> None:
    before = cloud.rows("select * from migrations order by name")

    assert migrate.app({}, LambdaContext()) == {"Applied": ""}
    assert cloud.rows("select * from migrations order by name") == before


def test_migrating_an_empty_database_applies_everything(cloud: Cloud) -> None:
    cloud.rows("drop schema public cascade")
    cloud.rows("create schema public")

    applied = migrate.app(None, LambdaContext())["Applied"].split(",")

    assert applied == [migration.name for migration in pending({})]
    assert cloud.rows("select count(*) as n from trips") == [{"n": 0}]


def test_a_migration_that_fails_fails_the_invocation(cloud: Cloud) -> None:
    cloud.rows("delete from migrations where name = 'trips/0001_trips'")

    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate.app({}, LambdaContext())


def test_every_operation_has_its_event_and_every_event_its_operation() -> None:
    operations = {path.stem for path in (ROOT / "functions" / "kernel").glob("*.py")}

    assert {path.stem for path in EVENTS.glob("*.json")} == operations
