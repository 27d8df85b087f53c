from datetime import timedelta

import pytest

from rideflow.trips.errors import ImplausibleTimeError
from rideflow.trips.late import happened
from rideflow.trips.rules import arrival_rules_of
from tests.unit.trips.trips import NOW

RULES = arrival_rules_of("san_francisco")
HOUR = 3600


@pytest.mark.parametrize(
    ("told_s", "since_s", "then_s"),
    [
        (None, -600, 0),
        (0, -600, 0),
        (-300, -600, -300),
        (-600, -600, -600),
        (30, -600, 0),
        (-630, -600, -600),
        (-4 * HOUR, -9 * HOUR, -4 * HOUR),
        (-4 * HOUR, None, -4 * HOUR),
    ],
)
def test_a_command_happened_when_it_says_within_what_clocks_are_off(
    told_s: float | None, since_s: float | None, then_s: float
) -> None:
    told, since = (None if s is None else NOW + timedelta(seconds=s) for s in (told_s, since_s))

    assert happened(told, NOW, since, RULES) == NOW + timedelta(seconds=then_s)


@pytest.mark.parametrize(
    ("told_s", "since_s"), [(30.001, -600), (-630.001, -600), (-4 * HOUR - 31, -9 * HOUR), (10 * HOUR, None)]
)
def test_what_lies_ahead_came_before_or_is_too_old_is_refused(told_s: float, since_s: float | None) -> None:
    since = None if since_s is None else NOW + timedelta(seconds=since_s)

    with pytest.raises(ImplausibleTimeError) as refused:
        happened(NOW + timedelta(seconds=told_s), NOW, since, RULES)

    assert refused.value.field == "happened_at"
    assert set(refused.value.extra) == {"earliest", "latest"}
