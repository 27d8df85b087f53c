from datetime import timedelta

import pytest

from rideflow.trips.errors import ImplausibleTimeError
from rideflow.trips.late import by_our_clock, happened, happened_for_operator
from tests.market_data import SAN_FRANCISCO
from tests.unit.trips.trips import NOW

RULES = SAN_FRANCISCO.rules.arrival
HOUR = 3600


@pytest.mark.parametrize(
    ("told_s", "since_s", "then_s"),
    [
        (None, -600, 0),
        (0, -600, 0),
        (-300, -600, -300),
        (-600, -600, -600),
        (60, -600, 0),
        (-660, -600, -600),
        (-4 * HOUR, -9 * HOUR, -4 * HOUR),
        (-4 * HOUR, None, -4 * HOUR),
    ],
)
def test_a_command_happened_at_its_time_within_the_tolerance_of_clocks(
    told_s: float | None, since_s: float | None, then_s: float
) -> None:
    told, since = (None if s is None else NOW + timedelta(seconds=s) for s in (told_s, since_s))

    assert happened(told, NOW, since, RULES) == NOW + timedelta(seconds=then_s)


@pytest.mark.parametrize(
    ("told_s", "since_s"), [(60.001, -600), (-660.001, -600), (-4 * HOUR - 61, -9 * HOUR), (10 * HOUR, None)]
)
def test_a_time_ahead_of_us_before_the_state_or_too_old_is_refused(told_s: float, since_s: float | None) -> None:
    since = None if since_s is None else NOW + timedelta(seconds=since_s)

    with pytest.raises(ImplausibleTimeError) as refused:
        happened(NOW + timedelta(seconds=told_s), NOW, since, RULES)

    assert refused.value.field == "happened_at"
    assert set(refused.value.extra) == {"earliest", "latest"}


@pytest.mark.parametrize(
    ("told_s", "since_s", "then_s"),
    [(None, -600, 0), (-9 * HOUR, -10 * HOUR, -9 * HOUR), (-10 * HOUR - 60, -10 * HOUR, -10 * HOUR), (60, -600, 0)],
)
def test_an_operator_may_say_any_time_since_the_state_began(
    told_s: float | None, since_s: float, then_s: float
) -> None:
    told = None if told_s is None else NOW + timedelta(seconds=told_s)

    found = happened_for_operator(told, NOW, NOW + timedelta(seconds=since_s), RULES)

    assert found == NOW + timedelta(seconds=then_s)


@pytest.mark.parametrize("told_s", [-10 * HOUR - 61, 61])
def test_an_operator_may_not_say_a_time_before_it_or_ahead(told_s: float) -> None:
    with pytest.raises(ImplausibleTimeError):
        happened_for_operator(NOW + timedelta(seconds=told_s), NOW, NOW - timedelta(hours=10), RULES)


@pytest.mark.parametrize(
    ("sent_s", "known_s", "then_s"),
    [
        (None, 0, -300),
        (None, 5, -300),
        (None, 59, -241),
        (None, -59, -359),
        (-59, 0, -241),
        (59, 0, -359),
        (-5, 0, -300),
        (-1, 59, -300),
        (-HOUR, 0, HOUR - 300),
    ],
)
def test_a_phone_whose_clock_is_off_is_read_by_ours(sent_s: float | None, known_s: float, then_s: float) -> None:
    """`sent_at` shows the phone's clock; without it, the known error from its positions is used."""
    sent_at = None if sent_s is None else NOW + timedelta(seconds=sent_s)

    found = by_our_clock(NOW - timedelta(seconds=300), sent_at, NOW, timedelta(seconds=known_s))

    assert found == NOW + timedelta(seconds=then_s)


def test_a_command_without_a_time_happens_now_in_spite_of_the_phones_clock() -> None:
    assert by_our_clock(None, NOW - timedelta(hours=1), NOW, timedelta(seconds=59)) is None
