"""Scheduler's cron dialect, with the examples of AWS's own documentation among the cases."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstack_runtime.scheduler.cron import Cron, ExpressionError

FRIDAY = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)


def times(expression: str, count: int, after: datetime = FRIDAY, zone: str = "UTC") -> list[str]:
    cron, found, moment = Cron.parse(expression), [], after
    for _ in range(count):
        following = cron.next_after(moment, ZoneInfo(zone))
        if following is None:
            break
        moment = following
        found.append(f"{following:%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("15 10 * * ? *", ["2026-01-02 10:15", "2026-01-03 10:15"]),
        ("0 18 ? * MON-FRI *", ["2026-01-02 18:00", "2026-01-05 18:00"]),
        ("0 8 1 * ? *", ["2026-02-01 08:00", "2026-03-01 08:00"]),
        ("0/15 * * * ? *", ["2026-01-02 09:45", "2026-01-02 10:00"]),
        ("0/10 * ? * MON-FRI *", ["2026-01-02 09:40", "2026-01-02 09:50"]),
        ("0/5 8-17 ? * MON-FRI *", ["2026-01-02 09:35", "2026-01-02 09:40"]),
        ("15 12 L * ? *", ["2026-01-31 12:15", "2026-02-28 12:15"]),
        ("0 9 ? * 2#1 *", ["2026-01-05 09:00", "2026-02-02 09:00"]),
        ("15 10 ? * 6L 2026-2028", ["2026-01-30 10:15", "2026-02-27 10:15"]),
        ("0 0 LW * ? *", ["2026-01-30 00:00", "2026-02-27 00:00"]),
        ("0 0 3W * ? *", ["2026-02-03 00:00", "2026-03-03 00:00"]),
        ("0 0 1W 8 ? *", ["2026-08-03 00:00", "2027-08-02 00:00"]),
        ("0 0 L-3 * ? *", ["2026-01-28 00:00", "2026-02-25 00:00"]),
        ("0 0 ? * 1 *", ["2026-01-04 00:00", "2026-01-11 00:00"]),
        ("0 0 ? * FRI-MON *", ["2026-01-03 00:00", "2026-01-04 00:00"]),
        ("0 22-2/2 * * ? *", ["2026-01-02 22:00", "2026-01-03 00:00"]),
        ("0 0 29 FEB ? *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("0 0 1 1 ? 2090", ["2090-01-01 00:00"]),
        ("0 0 1,15 * ? *", ["2026-01-15 00:00", "2026-02-01 00:00"]),
    ],
)
def test_an_expression_is_due_when_aws_says(expression: str, expected: list[str]) -> None:
    assert times(expression, 2) == expected


def test_a_date_that_never_comes_is_never_due() -> None:
    assert times("0 0 30 2 ? *", 1) == []
    assert times("0 0 1 1 ? 2020", 1) == []


def test_a_fifth_weekday_is_left_out_of_months_with_four() -> None:
    assert times("0 0 ? * FRI#5 *", 2) == ["2026-01-30 00:00", "2026-05-29 00:00"]


def test_a_time_zone_moves_the_instant_and_not_the_clock() -> None:
    found = Cron.parse("0 9 * * ? *").next_after(FRIDAY, ZoneInfo("America/Los_Angeles"))
    assert found is not None
    assert found.astimezone(UTC) == datetime(2026, 1, 2, 17, 0, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_skipped() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert times("30 2 * * ? *", 2, before, "Europe/Berlin") == ["2026-03-30 02:30", "2026-03-31 02:30"]


def test_an_hour_that_comes_twice_counts_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert times("30 2 * * ? *", 2, before, "Europe/Berlin") == ["2026-10-25 02:30", "2026-10-26 02:30"]


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "* * * * * *",
        "* * ? * ? *",
        "60 * * * ? *",
        "* 24 * * ? *",
        "* * 32 * ? *",
        "* * * 13 ? *",
        "* * ? * 8 *",
        "* * ? * MON#6 *",
        "* * ? * NOPE *",
        "* * * * ? 1969",
        "*/0 * * * ? *",
        "",
    ],
)
def test_expressions_that_aws_would_refuse_are_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        Cron.parse(expression)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(["0/7 * * * ? *", "5 4 ? * MON-WED,SAT *", "0 12 L * ? *", "30 23 15W */2 ? *"]),
)
def test_occurrences_follow_each_other_and_none_is_before_the_moment(moment: datetime, expression: str) -> None:
    cron, zone = Cron.parse(expression), ZoneInfo("America/Sao_Paulo")
    found = [moment.replace(tzinfo=UTC)]
    for _ in range(4):
        following = cron.next_after(found[-1], zone)
        assert following is not None
        found.append(following)
    assert all(earlier < later for earlier, later in pairwise(found))
