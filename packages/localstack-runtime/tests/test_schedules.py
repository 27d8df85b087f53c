"""Schedule expressions, due times, and the delivery of an occurrence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localstack_runtime.scheduler.cron import ExpressionError
from localstack_runtime.scheduler.delivery import Occurrence, RetryPolicy, delay_s
from localstack_runtime.scheduler.expressions import parse
from localstack_runtime.scheduler.timetable import Entry, Timetable

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def entry(expression: str, **options: Any) -> Entry:
    return Entry(**{"arn": "a", "expression": expression, "zone": "UTC", "target": {}, "changed": NOON, **options})


def test_a_rate_runs_at_its_start_and_then_in_step_with_it() -> None:
    schedule = parse("rate(5 minutes)", start=NOON)
    assert schedule.next_after(later(-1)) == NOON
    assert schedule.next_after(later(0)) == later(300)
    assert schedule.next_after(later(601)) == later(900)


def test_a_single_time_is_in_its_own_zone() -> None:
    schedule = parse("at(2026-05-04T14:00:00)", start=NOON, zone="Europe/Berlin")
    assert schedule.next_after(later(-60)) == NOON
    assert schedule.next_after(NOON) is None


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(5 weeks)", "at(tomorrow)", "every day", "cron(* *)"],
)
def test_an_expression_that_aws_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        parse(expression, start=NOON)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ExpressionError):
        parse("cron(0 0 * * ? *)", start=NOON, zone="Mars/Olympus")


def test_each_occurrence_is_due_once() -> None:
    table, minutely = Timetable(), [entry("rate(1 minute)")]
    due = [table.due(minutely, later(seconds)) for seconds in (0, 1, 59, 60, 61, 120)]
    assert [len(found) for found in due] == [1, 0, 0, 1, 0, 1]


def test_of_missed_occurrences_only_the_latest_is_made_up_for() -> None:
    (due,) = Timetable().due([entry("rate(1 minute)")], later(605))
    assert due.at == later(600)


def test_nothing_is_due_for_a_time_before_the_schedule_was_made() -> None:
    assert Timetable().due([entry("cron(0 11 * * ? *)")], later(1)) == []
    assert Timetable().due([entry("at(2026-05-04T11:59:59)")], later(1)) == []


def test_a_changed_schedule_counts_from_its_change() -> None:
    table = Timetable()
    assert table.due([entry("at(2026-05-04T12:00:05)")], later(6))
    assert not table.due([entry("at(2026-05-04T12:00:05)")], later(7))
    assert table.due([entry("at(2026-05-04T12:00:20)", changed=later(10))], later(21))


def test_the_last_occurrence_is_told_from_the_others() -> None:
    (single,) = Timetable().due([entry("at(2026-05-04T12:00:01)")], later(2))
    (first,) = Timetable().due([entry("rate(1 minute)", end=later(90))], later(0))
    (second,) = Timetable().due([entry("rate(1 minute)", end=later(90))], later(61))
    assert (single.last, first.last, second.last) == (True, False, True)


def test_nothing_is_due_outside_start_and_end() -> None:
    bounded = [entry("rate(1 minute)", start=later(120), end=later(150))]
    table = Timetable()
    assert [len(table.due(bounded, later(seconds))) for seconds in (0, 119, 120, 200)] == [0, 0, 1, 0]


def test_a_broken_expression_does_not_stop_the_others() -> None:
    good = entry("rate(1 minute)", arn="b")
    assert [due.entry for due in Timetable().due([entry("nonsense"), good], NOON)] == [good]


def test_context_attributes_are_filled_into_the_input() -> None:
    target = {"Arn": "t", "Input": '{"at": "<aws.scheduler.scheduled-time>", "try": <aws.scheduler.attempt-number>}'}
    assert Occurrence("arn", target, NOON, retries=2).payload() == '{"at": "2026-05-04T12:00:00Z", "try": 3}'


def test_retries_end_by_number_or_by_age() -> None:
    policy = RetryPolicy.of({"RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}})
    assert policy.exhausted(1, timedelta(seconds=5)) is None
    assert policy.exhausted(2, timedelta(seconds=5)) == "MaximumRetryAttempts"
    assert policy.exhausted(0, timedelta(seconds=60)) == "MaximumEventAgeInSeconds"
    assert RetryPolicy.of({}).attempts == 185


def test_retries_wait_longer_each_time_but_not_for_ever() -> None:
    assert [delay_s(retries) for retries in (0, 1, 2, 30)] == [1, 2, 4, 60]


def test_a_dead_letter_describes_the_failed_occurrence() -> None:
    letter = Occurrence("arn", {"Arn": "target"}, NOON, retries=3).dead_letter(ValueError("no"), "MaximumRetryAttempts")
    assert letter["ERROR_CODE"] == "ValueError"
    assert letter["RETRY_ATTEMPTS"] == "3"
    assert letter["TARGET_ARN"] == "target"
