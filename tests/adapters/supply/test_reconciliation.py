"""Changes of trips that Redis lost with a master are told to it again."""

from typing import Any
from uuid import uuid4

import pytest

from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import TripChange
from rideflow.supply.reconciliation import Reconciliation
from tests.adapters.supply.street import ZONE, Street


@pytest.fixture
def reconciliation(street: Street) -> Reconciliation:
    return Reconciliation(street.index.trips, street.records, street.markets, street.clock)


def change(street: Street, driver: Any, trip: Any) -> None:
    """The news of the trip comes."""
    told = street.records.trip_in_hand(driver, trip)
    assert told is not None
    street.availability.trip_changed(told)


def test_whose_trip_s_beginning_was_lost_drives_again_and_their_rider_sees_them_come(
    street: Street, reconciliation: Reconciliation
) -> None:
    driver, rider = street.driver_at(100), uuid4()
    street.trip("driver_assigned", driver_id=driver, rider_id=rider)
    assert len(street.free()) == 1

    reconciliation.run()

    assert street.free() == []
    street.passes(4)
    street.at(driver, 110)
    assert len(street.told.to(rider)) == 1


def test_whose_trip_went_on_unheard_keeps_the_path_of_the_ride(street: Street, reconciliation: Reconciliation) -> None:
    driver = street.driver_at(100)
    trip = street.trip("driver_assigned", driver_id=driver)
    change(street, driver, trip)
    street.rows("update trips set state = 'in_progress', version = version + 2, started_at = now() where id = %s", trip)

    reconciliation.run()

    assert street.redis.hget(ZoneKeys(ZONE).driver(driver), "trip_state") == b"in_progress"
    street.passes(4)
    street.at(driver, 110)
    assert len(street.index.trails.path(ZONE, driver, trip)) == 1


def test_whose_trip_s_end_was_lost_is_free_again_and_their_last_rider_sees_no_more_of_them(
    street: Street, reconciliation: Reconciliation
) -> None:
    driver, rider = street.driver_at(100), uuid4()
    trip = street.trip("in_progress", driver_id=driver, rider_id=rider)
    change(street, driver, trip)
    street.rows("insert into trip_events values (%s, 6, 'TripCompleted', now(), 'driver', null, '{}')", trip)
    street.rows("update trips set state = 'completed', version = 6, completed_at = now() where id = %s", trip)
    assert street.free() == []

    reconciliation.run()

    assert len(street.free()) == 1
    street.passes(4)
    street.at(driver, 110)
    assert street.told.to(rider) == []


def test_what_redis_knows_already_is_left_alone_and_so_is_who_it_does_not_know(
    street: Street, reconciliation: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, unknown = street.driver_at(100), street.driver()
    change(street, driver, street.trip("driver_assigned", driver_id=driver))
    street.trip("driver_assigned", driver_id=unknown)
    street.driver_at(200)
    changed: list[TripChange] = []
    monkeypatch.setattr(type(street.index.trips), "change", lambda _, __, told, ___: changed.append(told))

    reconciliation.run()

    assert changed == []
    assert not street.redis.exists(ZoneKeys(ZONE).driver(unknown))
