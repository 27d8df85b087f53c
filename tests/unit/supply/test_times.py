from datetime import UTC, datetime, timedelta

import pytest

from rideflow.supply.model import STALE_AFTER, is_stale, milliseconds, moment
from tests.market_data import SAN_FRANCISCO


def test_times_survive_redis_to_the_millisecond() -> None:
    at = datetime(2026, 10, 1, 18, 0, 0, 123_000, tzinfo=UTC)

    assert moment(milliseconds(at)) == at


def test_a_position_is_stale_after_fifteen_seconds() -> None:
    at = datetime(2026, 10, 1, 18, tzinfo=UTC)

    assert not is_stale(at, at + STALE_AFTER - timedelta(milliseconds=1))
    assert is_stale(at, at + STALE_AFTER)


def test_a_kilometre_as_the_crow_flies_takes_three_minutes_of_streets() -> None:
    assert SAN_FRANCISCO.travel.to_pickups.seconds(1_000) == pytest.approx(178.56)
