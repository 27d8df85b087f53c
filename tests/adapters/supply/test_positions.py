from datetime import timedelta
from uuid import uuid4

import pytest

from rideflow.supply.errors import DriverNotOnlineError
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import TripChange
from tests.adapters.supply.street import CORNER, ZONE, Street


def near(metres: list[int], expected: list[int]) -> bool:
    """Redis keeps places to within a metre."""
    return len(metres) == len(expected) and all(abs(a - b) <= 1 for a, b in zip(metres, expected, strict=True))


def state_of(street: Street, driver_id: object) -> dict[str, object]:
    """Everything that Redis holds of the driver, but when the phone was heard of and what it said in vain."""
    in_vain = {b"heard", b"doubted", b"clock"}
    keys = ZoneKeys(ZONE)
    driver = street.redis.hgetall(keys.driver(str(driver_id)))
    return {
        "driver": {field: value for field, value in driver.items() if field not in in_vain},
        "seen": street.redis.zscore(keys.seen, str(driver_id)),
        "place": street.redis.geopos(keys.free("economy"), str(driver_id)),
        "path": street.redis.lrange(keys.path(str(driver_id)), 0, -1),
    }


def test_a_driver_who_is_online_becomes_free_with_the_first_position(street: Street) -> None:
    street.driver_at(300)

    assert near(street.free(), [300])


def test_a_position_moves_the_driver(street: Street) -> None:
    driver = street.driver_at(300)
    street.passes(4)

    assert street.at(driver, 340) == "accepted"
    assert near(street.free(), [340])


def test_a_known_driver_s_position_asks_nothing_of_postgresql(street: Street) -> None:
    driver = street.driver_at(0)
    before = street.database.statements
    street.passes(4)

    street.at(driver, 10)

    assert street.database.statements == before


@pytest.mark.parametrize(
    ("seconds", "north_m", "more", "verdict"),
    [
        (0, 10, {}, "duplicate"),
        (-1, 10, {}, "late"),
        (6, 10, {}, "future"),
        (4, 300, {}, "impossible_speed"),
        (4, 10, {"accuracy_m": 201}, "inaccurate"),
    ],
)
def test_a_position_that_is_not_believed_changes_nothing(
    street: Street, seconds: float, north_m: float, more: dict[str, float], verdict: str
) -> None:
    driver = street.driver_at(0)
    before = state_of(street, driver)
    if verdict not in {"future", "late"}:
        street.passes(seconds)
        told = street.at(driver, north_m, **more)
    else:
        told = street.at(driver, north_m, at=street.now + timedelta(seconds=seconds), **more)

    assert told == verdict
    assert state_of(street, driver) == before


def test_a_car_at_the_limit_of_what_is_possible_is_believed(street: Street) -> None:
    driver = street.driver_at(0)
    street.passes(4)

    assert street.at(driver, 239) == "accepted"


def test_a_driver_who_is_offline_is_refused_and_leaves_no_trace(street: Street) -> None:
    offline = street.driver(online=False)

    for person in (offline, uuid4()):
        with pytest.raises(DriverNotOnlineError):
            street.at(person, 0)

        assert not any(street.redis.hgetall(ZoneKeys(ZONE).driver(person)))
    assert street.free() == []


@pytest.mark.parametrize(
    "nowhere", [{"lat": 0, "lng": 0}, {"lat": 89.9}, {"lat": -90, "lng": 180}, {"lat": 5e-324, "lng": -5e-324}]
)
def test_a_place_nobody_serves_changes_nothing(street: Street, nowhere: dict[str, float]) -> None:
    driver = street.driver_at(0)
    before = state_of(street, driver)
    street.passes(4)

    assert street.at(driver, 0, **nowhere) == "outside_service_area"

    assert state_of(street, driver) == before


def test_a_batch_is_judged_point_by_point_and_its_order_does_not_matter(street: Street) -> None:
    driver = street.driver_at(0)
    start = street.now
    street.passes(12)
    points = [
        street.position(80, at=start + timedelta(seconds=8)),
        street.position(40, at=start + timedelta(seconds=4)),
        street.position(5_000, at=start + timedelta(seconds=6)),
        street.position(0, at=start),
        street.position(120, at=start + timedelta(seconds=12)),
    ]

    verdicts = street.tracking.record(driver, points).verdicts

    assert verdicts == ("accepted", "accepted", "impossible_speed", "duplicate", "accepted")
    assert near(street.free(), [120])
    assert set(street.tracking.record(driver, points).verdicts) <= {"late", "duplicate"}


def test_old_positions_of_a_dead_spot_do_not_make_a_driver_matchable(street: Street) -> None:
    driver = street.driver()
    long_ago = street.now - timedelta(seconds=31)

    assert street.at(driver, 0, at=long_ago) == "accepted"
    assert street.free() == []


def test_a_driver_is_matchable_for_thirty_seconds(street: Street) -> None:
    street.driver_at(0)
    street.passes(30)
    assert near(street.free(), [0])

    street.passes(1)

    assert street.free() == []


def test_the_nearest_of_the_wanted_class_are_found_also_behind_silent_ones(street: Street) -> None:
    for metres in range(40):
        street.driver_at(metres)
    street.passes(31)
    for metres in (600, 900, 1_900, 2_100):
        street.driver_at(metres)
    street.driver_at(50, vehicle_class="xl")

    economy = [driver for driver, _ in street.nearby.around(CORNER, 2_000, "economy", 5)]
    every = [driver for driver, _ in street.nearby.around(CORNER, 2_000, None, 2)]

    assert near([round(driver.distance_m) for driver in economy], [600, 900, 1_900])
    assert [driver.vehicle_class for driver in every] == ["xl", "economy"]


def test_the_rider_of_an_active_trip_sees_where_the_driver_is_and_nobody_sees_a_free_one(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    trip = street.trip("driver_assigned", driver_id=driver, rider_id=rider)
    street.at(driver, 1_000, heading_deg=180)
    street.driver_at(500)

    (frame,) = street.told.to(rider)
    assert (frame.trip_id, frame.heading_deg, frame.stale) == (trip, 180, False)
    assert frame.eta_s == pytest.approx(1_000 * 1.24 / (25 / 3.6), abs=1)
    assert frame.stale_after == street.now + timedelta(seconds=15)
    assert len(street.told.frames) == 1
    assert near(street.free(), [500])


def test_a_late_sent_position_is_shown_as_stale(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    street.trip("in_progress", driver_id=driver, rider_id=rider)

    street.at(driver, 0, at=street.now - timedelta(seconds=15))

    (frame,) = street.told.to(rider)
    assert frame.stale


def test_a_trip_takes_the_driver_out_and_its_end_brings_the_driver_back(street: Street) -> None:
    driver, rider = street.driver_at(100), uuid4()
    trip = street.trip("driver_assigned", driver_id=driver, rider_id=rider)
    change = street.records.trip_in_hand(driver, trip)
    assert change is not None

    street.availability.trip_changed(change)
    assert street.free() == []
    street.passes(4)
    street.at(driver, 120)
    assert street.free() == []
    assert len(street.told.to(rider)) == 1

    street.availability.trip_changed(TripChange(driver, trip, change.version + 1, street.now, None))

    assert near(street.free(), [120])
    street.passes(4)
    street.at(driver, 130)
    assert len(street.told.to(rider)) == 1


def test_changes_of_trips_may_come_in_any_order(street: Street) -> None:
    driver = street.driver_at(100)
    first = street.trip("driver_assigned", driver_id=driver)
    assigned = street.records.trip_in_hand(driver, first)
    assert assigned is not None
    ended = TripChange(driver, first, assigned.version + 1, street.now + timedelta(seconds=1), None)
    street.rows("update trips set state = 'cancelled', ended_at = now() where id = %s", first)

    street.availability.trip_changed(ended)
    street.availability.trip_changed(assigned)
    assert near(street.free(), [100])

    street.passes(2)
    second = street.trip("driver_assigned", driver_id=driver)
    taken = street.records.trip_in_hand(driver, second)
    assert taken is not None
    street.availability.trip_changed(taken)
    street.availability.trip_changed(ended)
    assert street.free() == []


def test_after_redis_was_lost_the_next_position_brings_everything_back(street: Street) -> None:
    free, driving, rider = street.driver_at(100), street.driver(), uuid4()
    trip = street.trip("in_progress", driver_id=driving, rider_id=rider)
    street.at(driving, 0)
    street.redis.flushall()
    street.passes(4)

    street.at(free, 110)
    street.at(driving, 10)
    street.passes(4)
    street.at(driving, 20)

    assert near(street.free(), [110])
    assert len(street.told.to(rider)) == 3
    assert len(street.index.trails.path(ZONE, driving, trip)) == 2
