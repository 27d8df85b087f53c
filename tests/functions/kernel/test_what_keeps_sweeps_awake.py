"""The kernel's own sweeps: events that were not published, keys and buckets to forget."""

from datetime import timedelta

import pytest

from functions.kernel import forget_idempotency_keys, sweep_outbox
from rideflow.kernel.clock import utc_now
from tests.functions.sleeping import Night

ADD_EVENT = (
    "insert into outbox (id, source, type, detail, due_at, set_aside_at)"
    " values (gen_random_uuid(), 'rideflow.kitchen', 'Boiled', '{}', %s, %s)"
)
ADD_KEY = "insert into idempotency_keys values (gen_random_uuid(), 'make', 'k', '', '{}', %s)"
ADD_BUCKET = "insert into rate_limits values (gen_random_uuid(), 'make', %s)"
A_DAY = timedelta(days=1)


@pytest.mark.parametrize("ago", [timedelta(hours=1), timedelta(seconds=5), timedelta(0)])
def test_an_event_in_the_outbox_keeps_its_sweep_awake(night: Night, ago: timedelta) -> None:
    assert night.sleeps_after_a_run(sweep_outbox)
    night.cloud.rows(ADD_EVENT, utc_now() - ago, None)
    night.wakes()

    assert not night.sleeps_after_a_run(sweep_outbox)


def test_a_refused_event_wakes_its_sweep_when_it_is_due_again(night: Night) -> None:
    due = utc_now() + timedelta(minutes=30)
    night.cloud.rows(ADD_EVENT, due + timedelta(hours=1), None)
    night.cloud.rows(ADD_EVENT, due, None)

    assert night.sleeps_after_a_run(sweep_outbox)
    assert night.wakes_at(sweep_outbox, due)


def test_an_event_that_waits_for_an_operator_does_not_keep_the_database_awake(night: Night) -> None:
    night.cloud.rows(ADD_EVENT, utc_now() - timedelta(hours=1), utc_now())

    assert night.sleeps_after_a_run(sweep_outbox)


@pytest.mark.parametrize("add", [ADD_KEY, ADD_BUCKET])
def test_keys_and_buckets_wake_their_sweep_a_day_after_the_oldest(night: Night, add: str) -> None:
    used_at = utc_now() - A_DAY + timedelta(minutes=30)
    for other in (ADD_KEY, ADD_BUCKET):
        night.cloud.rows(other, used_at + timedelta(hours=1))
    night.cloud.rows(add.replace("'make'", "'other'"), used_at)

    assert night.sleeps_after_a_run(forget_idempotency_keys)
    assert night.wakes_at(forget_idempotency_keys, used_at + A_DAY)
    night.cloud.rows(add.replace("'make'", "'third'"), utc_now() - A_DAY)
    night.wakes()
    assert not night.sleeps_after_a_run(forget_idempotency_keys)
