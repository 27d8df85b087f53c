"""Fixes that agree with each other outvote one that was believed."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.supply.keys import ZoneKeys
from rideflow.supply.position import Position
from tests.adapters.supply.street import CORNER, ZONE, Street

FAR_M = 20_000


def drive(street: Street, first_m: float, number: int, *, every_s: float = 4, metre_s: float = 10) -> list[Position]:
    """So many positions from now on, northwards; time passes."""
    positions = []
    for step in range(number):
        street.passes(every_s)
        positions.append(street.position(first_m + step * every_s * metre_s))
    return positions


def verdicts(street: Street, driver: UUID, positions: list[Position]) -> list[str]:
    """Of each position, sent by itself at the time at which it was taken."""
    end, told = street.now, list[str]()
    for position in positions:
        street.now = position.recorded_at
        told += street.sends(driver, position).verdicts
    street.now = end
    return told


def path_m(street: Street, driver: UUID, trip: UUID) -> list[int]:
    """How far north of the corner the points of the path are, in whole metres."""
    return [round((point.lat - CORNER.lat) * 111_195) for point in street.index.trails.path(ZONE, driver, trip)]


def test_a_wrong_first_fix_is_outvoted_by_the_second_that_contradicts_it(street: Street) -> None:
    driver = street.driver_at(FAR_M)

    told = verdicts(street, driver, drive(street, 0, 20))

    assert told == ["impossible_speed"] + ["accepted"] * 19
    assert street.free(1_000) == pytest.approx([760], rel=1e-3, abs=1)
    assert street.free(40_000) == pytest.approx([760], rel=1e-3, abs=1)


def test_what_was_believed_for_long_has_three_against_it(street: Street) -> None:
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))

    told = verdicts(street, driver, drive(street, FAR_M, 4))

    assert told == ["impossible_speed"] * 2 + ["accepted"] * 2
    assert street.free(40_000) == pytest.approx([FAR_M + 120], rel=1e-3, abs=1)


def test_wrong_fixes_that_do_not_agree_outvote_nothing(street: Street) -> None:
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))

    street.passes(1)
    told = verdicts(street, driver, [drive(street, 5_000 * number, 1, every_s=1)[0] for number in (1, -1, 2, -2, 3)])

    assert told == ["impossible_speed"] * 5
    assert street.at(driver, 100) == "accepted"


def test_a_burst_of_reflections_outvotes_nothing(street: Street) -> None:
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))

    told = verdicts(street, driver, drive(street, 5_000, 8, every_s=0.2))

    assert told == ["impossible_speed"] * 8
    assert street.free(1_000) == pytest.approx([80], rel=1e-3, abs=1)


def test_a_wrong_place_that_comes_again_and_again_between_right_ones_is_never_believed(street: Street) -> None:
    driver = street.driver_at(0)
    told = []
    for step in range(10):
        street.passes(4)
        told.append(street.at(driver, FAR_M))
        street.passes(4)
        told.append(street.at(driver, step))

    assert told == ["impossible_speed", "accepted"] * 10


def test_a_repeat_of_a_contradicting_fix_has_no_second_vote(street: Street) -> None:
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))
    hop = drive(street, FAR_M, 1)

    assert verdicts(street, driver, hop * 10) == ["impossible_speed"] * 10
    assert street.free(1_000) == pytest.approx([80], rel=1e-3, abs=1)


def test_a_repeat_of_a_contradicting_fix_takes_no_other_s_vote(street: Street) -> None:
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))
    first, second, third = drive(street, FAR_M, 3)

    told = verdicts(street, driver, [first, second, *[first] * 8, third])

    assert told == ["impossible_speed"] * 10 + ["accepted"]


@pytest.mark.parametrize("wrong", [0, 1, 5, 9])
def test_one_wrong_fix_in_a_first_batch_does_not_count_wherever_it_stands(street: Street, wrong: int) -> None:
    driver = street.driver()
    batch = drive(street, 0, 10)
    batch[wrong] = batch[wrong].model_copy(update={"lat": CORNER.lat + 0.2})

    told = street.sends(driver, *batch)

    assert told.verdicts == tuple("impossible_speed" if number == wrong else "accepted" for number in range(10))
    assert told.matchable
    assert street.free(1_000) == pytest.approx([320 if wrong == 9 else 360], rel=1e-3, abs=1)


@pytest.mark.parametrize("apart_m", [0, -25_000])
def test_two_wrong_fixes_before_the_right_ones_are_outvoted(street: Street, apart_m: float) -> None:
    driver = street.driver()
    wrong = [*drive(street, FAR_M, 1), *drive(street, FAR_M + apart_m, 1)]

    told = street.sends(driver, *wrong, *drive(street, 0, 8))

    assert told.verdicts == ("impossible_speed",) * 2 + ("accepted",) * 8


def test_halves_that_contradict_each_other_are_both_kept_and_the_later_is_where_the_car_is(street: Street) -> None:
    driver = street.driver()

    told = street.sends(driver, *drive(street, 0, 10), *drive(street, FAR_M, 10))

    assert told.verdicts == ("accepted",) * 20
    assert street.free(40_000) == pytest.approx([FAR_M + 360], rel=1e-3, abs=1)


def test_the_driven_path_holds_what_outvoted_and_not_what_was_outvoted(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    verdicts(street, driver, drive(street, 0, 3))
    street.passes(600)
    wrong = drive(street, FAR_M, 1)

    told = verdicts(street, driver, [*wrong, *drive(street, 1_000, 5)])

    assert told == ["accepted"] + ["impossible_speed"] * 2 + ["accepted"] * 3
    assert path_m(street, driver, trip) == [0, 40, 80, 1_000, 1_040, 1_080, 1_120, 1_160]


def test_in_one_batch_too_the_path_holds_what_outvoted(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, FAR_M)
    other = drive(street, FAR_M + 50, 1)

    street.sends(driver, *other, *drive(street, 0, 5))

    assert path_m(street, driver, trip) == [0, 40, 80, 120, 160]


def test_the_rider_is_shown_no_fix_that_contradicts_and_then_the_one_that_outvoted(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    street.trip("driver_assigned", driver_id=driver, rider_id=rider)
    verdicts(street, driver, drive(street, 300, 3))

    verdicts(street, driver, drive(street, FAR_M, 3))

    assert [round((frame.lat - CORNER.lat) * 111_195) for frame in street.told.to(rider)] == [300, 340, 380, FAR_M + 80]


def test_a_phone_that_is_never_believed_is_told_is_not_matched_and_is_not_lost(street: Street) -> None:
    driver = street.driver_at(0)
    for number in range(12):
        street.passes(10)
        told = street.sends(driver, street.position(10, accuracy_m=5_000))
        street.heartbeats.sweep()
        assert told.matchable == (number < 3)

    assert street.bus.events == []
    assert street.free() == []
    street.passes(60)
    street.heartbeats.sweep()
    (event,) = street.bus.events
    assert event["detail"]["last_seen_at"] == (street.now - timedelta(seconds=60)).isoformat().replace("+00:00", "Z")


def test_a_phone_that_is_only_ever_outside_the_service_area_is_not_lost_either(street: Street) -> None:
    driver = street.driver()
    street.availability.went_online(ZONE, driver, 1)
    for _ in range(10):
        street.passes(10)
        assert street.at(driver, 0, lat=0, lng=0) == "outside_service_area"
        street.heartbeats.sweep()

    assert street.bus.events == []
    assert street.at(driver, 0) == "accepted"
    assert street.free() == pytest.approx([0], rel=1e-3, abs=1)


def test_who_sent_since_the_sweep_looked_is_not_forgotten_even_if_not_believed(street: Street) -> None:
    driver = street.driver_at(0)
    silent_since = street.now
    street.passes(61)
    street.at(driver, 0, accuracy_m=5_000)

    assert not street.index.availability.forget(ZONE, driver, unless_seen_after=silent_since)


def test_what_contradicts_is_remembered_in_few_bytes(street: Street) -> None:
    driver = street.driver_at(0)
    for number in range(40):
        street.passes(1)
        street.at(driver, (1 if number % 2 else -1) * FAR_M * (number + 1))

    assert 0 < street.redis.hstrlen(ZoneKeys(ZONE).driver(driver), "doubted") < 1_000


def test_no_more_than_a_few_fixes_that_are_not_believed_are_remembered(street: Street) -> None:
    """A broken receiver may go on for hours, and each position reads all of them."""
    driver = street.driver_at(0)
    verdicts(street, driver, drive(street, 0, 3))
    far_apart = [drive(street, 700 * number, 1, every_s=1)[0] for number in range(1, 31)]

    assert verdicts(street, driver, far_apart) == ["impossible_speed"] * 30

    doubted: Any = street.redis.hget(ZoneKeys(ZONE).driver(driver), "doubted")
    assert doubted.count(b";") == 8
