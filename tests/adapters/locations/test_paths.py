from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.person_keys import PersonErasedError
from rideflow.locations.paths import ArchivedPath, MeasuredPath
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.position import Position
from tests.adapters.locations.shelf import Shelf, measure
from tests.adapters.supply.street import CORNER, ZONE, Street

DROPOFF = Point(lat=37.7936, lng=-122.3958)
"""The dropoff of the street's trips, 2.9 km from the corner where they begin."""


def driven(street: Street) -> tuple[UUID, UUID]:
    """A trip of 60 seconds over 500 m, its driver in motion before and after."""
    driver = street.driver()
    trip = street.trip("driver_arrived", driver_id=driver)
    street.at(driver, 0)
    street.passes(4)
    log = "insert into trip_events (trip_id, seq, type, at, actor, data) values (%s, %s, %s, %s, 'driver', '{}')"
    street.rows("update trips set state = 'in_progress', version = 5 where id = %s", trip)
    street.rows(log, trip, 5, "TripStarted", street.now)
    for metres in range(0, 501, 100):
        street.at(driver, metres)
        street.passes(12)
    street.rows(log, trip, 6, "TripCompleted", street.now)
    street.rows("update trips set state = 'completed', version = 6, ended_at = now() where id = %s", trip)
    street.passes(4)
    street.at(driver, 560)
    return driver, trip


def test_the_path_is_measured_from_start_to_completion_archived_and_dropped(street: Street) -> None:
    shelf = Shelf()
    driver, trip = driven(street)

    measured = measure(street, trip, shelf)

    assert measured is not None
    assert measured.distance_m == pytest.approx(500, abs=1)
    assert (measured.duration_s, measured.points) == (72, 6)
    assert measured.coverage == 1
    assert shelf.paths[trip].measured == measured
    [row] = street.rows("select rider_id from trips where id = %s", trip)
    assert shelf.people[trip] == (row["rider_id"], driver)
    assert len(shelf.paths[trip].points) == 6
    assert street.redis.llen(ZoneKeys(ZONE).path(driver)) == 0


def test_the_path_of_an_erased_person_is_measured_and_not_kept(street: Street) -> None:
    class Closed(Shelf):
        def put(self, trip_id: UUID, people: Iterable[UUID], path: ArchivedPath) -> None:
            raise PersonErasedError.of(people)

    driver, trip = driven(street)
    shelf = Closed()

    measured = measure(street, trip, shelf)

    assert measured is not None
    assert measured.distance_m == pytest.approx(500, abs=1)
    assert shelf.paths == {}
    assert street.redis.llen(ZoneKeys(ZONE).path(driver)) == 0


def test_a_path_s_points_keep_the_accuracy_that_the_phone_told(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, 0, accuracy_m=4.5)
    street.passes(4)
    street.at(driver, 20)

    path = street.index.trails.path(ZONE, driver, trip)

    assert [point.accuracy_m for point in path] == [4.5, None]


def test_measuring_again_gives_the_same_after_further_positions(street: Street) -> None:
    shelf = Shelf()
    driver, trip = driven(street)
    first = measure(street, trip, shelf)
    street.redis.rpush(ZoneKeys(ZONE).path(driver), f"{trip} {int(street.now.timestamp() * 1000)} 37.7 -122.4 -")

    assert measure(street, trip, shelf) == first
    assert street.redis.llen(ZoneKeys(ZONE).path(driver)) == 0


def test_a_measured_path_keeps_its_measure_although_newer_code_may_measure_otherwise(street: Street) -> None:
    shelf = Shelf()
    _, trip = driven(street)
    first = measure(street, trip, shelf)
    assert first is not None
    shelf.paths[trip] = shelf.paths[trip]._replace(measured=first._replace(distance_m=501))

    assert measure(street, trip, shelf) == first._replace(distance_m=501)


def test_a_path_that_was_archived_before_its_measure_was_is_measured_from_its_points(street: Street) -> None:
    shelf = Shelf()
    _, trip = driven(street)
    first = measure(street, trip, shelf)
    shelf.paths[trip] = shelf.paths[trip]._replace(measured=None)

    assert measure(street, trip, shelf) == first == shelf.paths[trip].measured


def test_a_ride_whose_phone_fell_silent_has_a_path_with_a_hole(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, 0)
    street.passes(4)
    street.at(driver, 40)
    street.passes(1_196)
    street.rows(
        "insert into trip_events (trip_id, seq, type, at, actor, data)"
        " values (%s, 6, 'TripCompleted', %s, 'driver', '{}')",
        trip,
        street.now,
    )

    measured = measure(street, trip)

    assert measured is not None
    assert (measured.points, measured.duration_s) == (2, 1_200)
    assert measured.coverage < 0.01


@pytest.mark.parametrize("measured_after_s", [0, 47 * 3600])
def test_the_path_of_the_next_trip_is_left_alone(street: Street, measured_after_s: float) -> None:
    driver, trip = driven(street)
    following = street.trip("in_progress", driver_id=driver)
    change = street.records.trip_in_hand(driver, following)
    assert change is not None
    street.availability.trip_changed(change)
    street.passes(4)
    street.at(driver, 600)
    street.passes(measured_after_s)

    measure(street, trip)

    assert len(street.index.trails.path(ZONE, driver, following)) == 1


@pytest.mark.parametrize("drove", [True, False], ids=["the driver forgot to start", "nobody drove"])
def test_a_ride_of_two_seconds_is_a_way_that_is_not_known_if_the_car_is_at_its_dropoff(
    street: Street, *, drove: bool
) -> None:
    """Without a position at the dropoff, the ride ended at the car's place and costs the driven distance."""
    driver = street.driver()
    trip = street.trip("driver_arrived", driver_id=driver)
    for tenth in range(11):
        share = tenth / 10 if drove else 0
        place = Position(
            lat=CORNER.lat + share * (DROPOFF.lat - CORNER.lat),
            lng=CORNER.lng + share * (DROPOFF.lng - CORNER.lng),
            recorded_at=street.now,
        )
        assert street.sends(driver, place).verdicts == ("accepted",)
        street.passes(20)
    log = "insert into trip_events (trip_id, seq, type, at, actor, data) values (%s, %s, %s, %s, 'driver', '{}')"
    street.rows(log, trip, 5, "TripStarted", street.now)
    street.passes(2)
    street.rows(log, trip, 6, "TripCompleted", street.now)

    measured = measure(street, trip)

    assert measured is None if drove else measured == MeasuredPath(0, 2, 0, 1.0, "")


def test_a_trip_that_nobody_saw_driven_has_no_measure(street: Street) -> None:
    shelf = Shelf()
    _, lost = driven(street)
    street.redis.flushall()
    cancelled = street.trip("matching")

    assert measure(street, lost, shelf) is None
    assert measure(street, cancelled, shelf) is None


def test_a_path_of_days_ago_that_nobody_asked_for_goes_with_the_next(street: Street) -> None:
    driver, trip = driven(street)
    old = int((street.now - timedelta(hours=49)).timestamp() * 1000)
    street.redis.lpush(ZoneKeys(ZONE).path(driver), f"{UUID(int=1)} {old} 37.7 -122.4 -")

    measured = measure(street, trip)

    assert isinstance(measured, MeasuredPath)
    assert street.redis.llen(ZoneKeys(ZONE).path(driver)) == 0


def test_a_path_that_nobody_asks_for_is_forgotten_after_two_days(street: Street) -> None:
    driver, trip = driven(street)
    key, two_days_s = ZoneKeys(ZONE).path(driver), 48 * 3600
    assert 0 < street.redis.ttl(key) <= two_days_s
    street.redis.rpush(key, f"{UUID(int=2)} {int(street.now.timestamp() * 1000)} 37.7 -122.4 -")

    measure(street, trip)

    assert street.redis.llen(key) == 1
    assert 0 < street.redis.ttl(key) <= two_days_s
