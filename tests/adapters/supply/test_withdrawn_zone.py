"""Drivers who went online in a zone that a deploy has taken away (ADR 125)."""

from pathlib import Path
from uuid import UUID

import pytest

from rideflow.markets.errors import MarketWithdrawnError
from rideflow.markets.model import Markets
from rideflow.supply.model import PassedTrip
from rideflow.supply.position import Position
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.new_york import TIMES_SQUARE, new_york_alone


@pytest.fixture
def elsewhere(tmp_path: Path) -> Markets:
    return new_york_alone(tmp_path)


def test_they_go_offline_after_a_minute_in_which_no_other_zone_has_heard_of_them(
    street: Street, elsewhere: Markets
) -> None:
    driver = street.driver_at(0)
    street.serves(elsewhere)

    assert street.sweep_plan.plan_minute() == 1
    street.passes(59)
    street.heartbeats.sweep()
    assert street.lost() == []

    street.passes(1)
    street.heartbeats.sweep()
    street.heartbeats.sweep()
    assert street.lost() == [driver]


def test_one_who_drives_in_another_zone_by_now_stays_online(street: Street, elsewhere: Markets) -> None:
    driver = street.driver_at(0, vehicle_class="luxury")
    street.serves(elsewhere)
    street.sweep_plan.plan_minute()
    street.passes(50)
    assert moves_to_new_york(street, driver) == ("accepted",)
    street.passes(20)

    street.heartbeats.sweep()

    assert street.lost() == []
    assert street.sweep_plan.plan_minute() == 0


def test_their_positions_are_refused_by_a_code_and_leave_nothing_behind(street: Street, elsewhere: Markets) -> None:
    driver = street.driver()
    street.serves(elsewhere)

    with pytest.raises(MarketWithdrawnError):
        street.at(driver, 0)

    assert not street.index.availability.knows(ZONE, driver)


def test_a_trip_that_they_passed_moves_them_in_no_queue(street: Street, elsewhere: Markets) -> None:
    driver = street.driver_at(0)
    street.serves(elsewhere)

    street.queues.move_to_end([PassedTrip(driver, ZONE, CORNER)], street.now)

    assert [key for key in street.redis.scan_iter() if b":queue" in key] == []


def moves_to_new_york(street: Street, driver: UUID) -> tuple[str, ...]:
    place = Position(lat=TIMES_SQUARE.lat, lng=TIMES_SQUARE.lng, recorded_at=street.now)
    return street.sends(driver, place).verdicts
