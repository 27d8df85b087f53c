"""Changes of trips that Redis lost with a master are told to it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.redis import RedisUnavailableError
from rideflow.supply.index.trips import TripIndex
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import KnownTrip, TripChange
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


@dataclass
class Counted:
    """The database's records; how often all trips in hand were asked for, and after how many zones."""

    records: Any
    zones_read: list[str]
    asked_after: list[int]

    def online_drivers(self) -> dict[UUID, str]:
        return dict(self.records.online_drivers())

    def living(self) -> bool:
        return bool(self.records.living())

    def trips_in_hand(self) -> dict[UUID, TripChange]:
        self.asked_after.append(len(self.zones_read))
        return dict(self.records.trips_in_hand())

    def end_of_trip(self, driver_id: UUID, trip_id: UUID) -> TripChange | None:
        return cast("TripChange | None", self.records.end_of_trip(driver_id, trip_id))


def test_the_database_is_asked_once_for_all_zones_and_after_redis(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = street.driver_at(100)
    street.trip("driver_assigned", driver_id=driver)
    zones = list(street.markets.zone_ids)
    counted = Counted(street.records, [], [])
    known = type(street.index.trips).known

    def read(index: TripIndex, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, KnownTrip]:
        counted.zones_read.append(zone)
        if zone == zones[-1]:
            raise RedisUnavailableError("Not now.")
        return known(index, zone, driver_ids)

    monkeypatch.setattr(type(street.index.trips), "known", read)
    with pytest.raises(RedisUnavailableError):
        Reconciliation(street.index.trips, counted, street.markets, street.clock).run()

    assert (counted.zones_read, counted.asked_after) == (zones, [len(zones)])
    assert zones[-1] != ZONE
    assert street.free() == []  # the zones that answered were told
