from datetime import date, datetime, timedelta

import pytest

from rideflow.drivers import model
from rideflow.drivers.destination import (
    PutDestination,
    clear_destination,
    reach_destination,
    set_destination,
    shown,
)
from rideflow.drivers.errors import DestinationNotFoundError
from rideflow.drivers.model import Driver
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from tests.market_data import SAN_FRANCISCO
from tests.unit.drivers.test_model import NOW, VEHICLE_ID, verified

HOME, WORK = Point(lat=37.3382, lng=-121.8863), Point(lat=37.7936, lng=-122.3958)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def online() -> Driver:
    return verified(online=True, vehicle_id=VEHICLE_ID, zone="sf-bay")


def local(at: datetime) -> tuple[datetime, date]:
    """The moment and its date in San Francisco."""
    return at, SAN_FRANCISCO.today(at)


def heading(place: Point, driver: Driver | None = None, at: datetime = NOW, by: datetime | None = None) -> Driver:
    changed = set_destination(driver or online(), PutDestination(place=place, arrive_by=by), *local(at))
    assert changed is not None
    return changed


def code(driver: Driver, at: datetime = NOW, by: datetime | None = None) -> str:
    with pytest.raises(DomainError) as refused:
        set_destination(driver, PutDestination(place=HOME, arrive_by=by), *local(at))
    return refused.value.code


def test_a_destination_is_shown_until_its_time_and_no_longer() -> None:
    driver = heading(HOME)

    view = shown(driver, *local(NOW))
    assert (view.place, view.until, view.left_today) == (HOME, NOW + 2 * HOUR, 1)
    with pytest.raises(DestinationNotFoundError):
        shown(driver, *local(view.until))


def test_setting_the_same_again_is_not_another_one() -> None:
    driver = heading(HOME)

    assert set_destination(driver, PutDestination(place=HOME), *local(NOW + MINUTE)) is None
    assert set_destination(driver, PutDestination(place=HOME, arrive_by=NOW + 2 * HOUR), *local(NOW)) is None


def test_two_a_day_are_the_most_and_the_day_is_that_of_the_drivers_town() -> None:
    tired = heading(WORK, heading(HOME))
    midnight_of_san_francisco = NOW.replace(hour=7) + timedelta(days=1)

    assert code(tired) == "destination_limit"
    assert code(tired, midnight_of_san_francisco - MINUTE) == "destination_limit"
    assert heading(HOME, tired, midnight_of_san_francisco).destination_uses == 1


@pytest.mark.parametrize(("ahead", "is_taken"), [
    (9 * MINUTE, False), (10 * MINUTE, True), (4 * HOUR, True), (4 * HOUR + MINUTE, False), (-HOUR, False),
])  # fmt: skip
def test_the_time_of_arrival_is_neither_too_soon_nor_too_late(ahead: timedelta, is_taken: bool) -> None:
    if is_taken:
        assert heading(HOME, by=NOW + ahead).destination_until == NOW + ahead
    else:
        assert code(online(), by=NOW + ahead) == "arrive_by"


def test_an_offline_driver_sets_no_destination_and_going_offline_ends_it() -> None:
    assert code(verified(zone="sf-bay")) == "driver_offline"
    offline = model.go_offline(heading(HOME))
    assert offline is not None
    assert (offline.destination, offline.destination_until, offline.destination_uses) == (None, None, 1)


def test_it_is_cleared_once_and_news_of_an_arrival_ends_only_the_one_it_is_of() -> None:
    driver = heading(HOME)

    cleared = clear_destination(driver)
    assert cleared is not None
    assert cleared.destination is None
    assert clear_destination(cleared) is None
    assert reach_destination(driver, NOW + 2 * HOUR) is not None
    assert reach_destination(heading(WORK, at=NOW + MINUTE), NOW + 2 * HOUR) is None
