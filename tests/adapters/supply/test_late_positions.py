"""Positions that come after newer ones: they extend the driven path, and nothing else."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import TripChange
from rideflow.supply.position import Position
from tests.adapters.locations.shelf import measure
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.adapters.supply.test_positions import state_of

STEP_S, STEP_M = 4, 40


def kept_ones(street: Street, number: int, since: datetime) -> list[Position]:
    """What a phone kept during a dead spot that began then: a position every four seconds, 40 m from each other."""
    return [
        street.position(STEP_M * step, at=since + timedelta(seconds=STEP_S * step)) for step in range(1, number + 1)
    ]


def path_m(street: Street, driver: UUID, trip: UUID) -> list[int]:
    return [round((point.lat - CORNER.lat) * 111_195) for point in street.index.trails.path(ZONE, driver, trip)]


def on_trip(street: Street, rider: UUID | None = None) -> tuple[UUID, UUID, datetime]:
    """A driver on a trip, whose last position was taken now at the corner."""
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver, rider_id=rider)
    street.at(driver, 0)
    return driver, trip, street.now


def test_one_live_fix_and_then_the_185_of_the_dead_spot_make_the_whole_path(street: Street) -> None:
    driver, trip, began = on_trip(street)
    street.passes(186 * STEP_S)
    assert street.at(driver, 186 * STEP_M) == "accepted"

    told = street.sends(driver, *kept_ones(street, 185, began))

    assert told.verdicts == ("late",) * 185
    assert path_m(street, driver, trip) == list(range(0, 187 * STEP_M, STEP_M))


def test_late_positions_move_nobody_and_are_told_to_no_rider(street: Street) -> None:
    rider = uuid4()
    driver, _, began = on_trip(street, rider)
    street.passes(40)
    street.at(driver, 400)
    before, frames = state_of(street, driver), len(street.told.to(rider))
    street.passes(60)

    street.sends(driver, *kept_ones(street, 9, began))

    after = state_of(street, driver)
    assert {**after, "path": []} == {**before, "path": []}
    assert len(street.told.to(rider)) == frames
    assert not street.sends(driver, *kept_ones(street, 9, began)).matchable


def test_late_positions_of_a_free_driver_do_nothing(street: Street) -> None:
    driver = street.driver_at(0)
    began = street.now
    street.passes(40)
    street.at(driver, 400)
    before = state_of(street, driver)

    assert set(street.sends(driver, *kept_ones(street, 9, began)).verdicts) == {"late"}
    assert state_of(street, driver) == before


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_late_positions_come_in_any_order_and_twice(street: Street, order: str, together: bool) -> None:
    driver, trip, began = on_trip(street)
    street.passes(10 * STEP_S)
    street.at(driver, 10 * STEP_M)
    late = kept_ones(street, 9, began)
    sent = (late if order == "forwards" else late[::-1]) + late[::2]

    batches = [sent] if together else [[position] for position in sent]
    verdicts = [verdict for batch in batches for verdict in street.sends(driver, *batch).verdicts]

    assert verdicts == ["late"] * 9 + ["duplicate"] * 5
    assert path_m(street, driver, trip) == list(range(0, 11 * STEP_M, STEP_M))
    entries = [int(entry.split()[1]) for entry in street.redis.lrange(ZoneKeys(ZONE).path(driver), 0, -1)]
    assert entries == sorted(entries)


def test_a_late_position_that_its_neighbours_contradict_is_left_out(street: Street) -> None:
    driver, trip, began = on_trip(street)
    street.passes(40)
    street.at(driver, 400)
    late = kept_ones(street, 9, began)
    late[4] = late[4].model_copy(update={"lat": CORNER.lat + 0.2})
    late.append(street.position(0, at=began + timedelta(seconds=22), accuracy_m=500))

    verdicts = street.sends(driver, *late).verdicts

    assert verdicts == ("late",) * 4 + ("impossible_speed",) + ("late",) * 4 + ("inaccurate",)
    assert path_m(street, driver, trip) == [0, 40, 80, 120, 160, 240, 280, 320, 360, 400]


def test_a_late_position_that_only_the_one_after_it_contradicts_is_left_out(street: Street) -> None:
    driver, trip, began = on_trip(street)
    street.passes(600)
    street.at(driver, 6_000)

    assert street.at(driver, 20_000, at=began + timedelta(seconds=596)) == "impossible_speed"
    assert street.at(driver, 6_040, at=began + timedelta(seconds=596)) == "late"

    assert path_m(street, driver, trip) == [0, 6_040, 6_000]


@pytest.mark.parametrize("together", [True, False])
def test_one_wrong_position_that_comes_first_is_outvoted_by_later_ones(street: Street, together: bool) -> None:
    """Ten minutes without a position are time enough to be anywhere, so the wrong one contradicts no neighbour."""
    driver, trip, began = on_trip(street)
    street.passes(600)
    street.at(driver, 6_000)
    late = [street.position(2_000 + 40 * step, at=began + timedelta(seconds=200 + 4 * step)) for step in range(8)]
    late[0] = late[0].model_copy(update={"lat": CORNER.lat + 0.05})

    batches = [late] if together else [[position] for position in late]
    verdicts = [verdict for batch in batches for verdict in street.sends(driver, *batch).verdicts]

    told_at_once = ["late"] if not together else ["impossible_speed"]
    retold = ["late"] * 2 if together else ["impossible_speed"] * 2
    assert verdicts == told_at_once + retold + ["late"] * 5
    assert path_m(street, driver, trip) == [0, *range(2_040, 2_281, 40), 6_000]


def ended(street: Street, driver: UUID, trip: UUID) -> None:
    columns = "insert into trip_events (trip_id, seq, type, at, actor, data)"
    street.rows(f"{columns} values (%s, 6, 'TripCompleted', %s, 'driver', '{{}}')", trip, street.now)
    street.rows("update trips set state = 'completed', version = 6, ended_at = %s where id = %s", street.now, trip)
    street.availability.trip_changed(TripChange(driver, trip, 6, street.now, None))


@pytest.mark.parametrize("live_first", [True, False])
def test_a_dead_spot_that_ends_after_the_completion_counts_until_the_path_is_measured(
    street: Street, live_first: bool
) -> None:
    driver, trip, began = on_trip(street)
    street.passes(40)
    ended(street, driver, trip)
    late, live = kept_ones(street, 9, began), street.position(460, at=street.now + timedelta(seconds=4))
    street.passes(4)

    if live_first:
        assert street.sends(driver, live).verdicts == ("accepted",)
        assert set(street.sends(driver, *late).verdicts) == {"late"}
    else:
        assert set(street.sends(driver, *late, live).verdicts) == {"accepted"}

    measured = measure(street, trip)
    assert measured is not None
    assert measured.points == 10
    assert measured.distance_m == pytest.approx(360, abs=1)
    street.sends(driver, *late)
    assert street.redis.llen(ZoneKeys(ZONE).path(driver)) == 0


def test_late_positions_belong_to_the_trip_of_their_time(street: Street) -> None:
    driver, first, began = on_trip(street)
    street.passes(20)
    ended(street, driver, first)
    street.passes(4)
    second = street.trip("in_progress", driver_id=driver)
    change = street.records.trip_in_hand(driver, second)
    assert change is not None
    street.availability.trip_changed(change)
    street.passes(16)
    street.at(driver, 400)

    street.sends(driver, *kept_ones(street, 9, began))

    assert path_m(street, driver, first) == [0, 40, 80, 120, 160, 200]
    assert path_m(street, driver, second) == [240, 280, 320, 360, 400]


def test_positions_from_before_the_assignment_belong_to_no_trip_also_after_its_end(street: Street) -> None:
    driver = street.driver_at(0)
    began = street.now
    street.passes(20)
    trip = street.trip("in_progress", driver_id=driver)
    change = street.records.trip_in_hand(driver, trip)
    assert change is not None
    street.availability.trip_changed(change)
    street.passes(20)
    street.at(driver, 400)
    ended(street, driver, trip)
    street.passes(4)

    assert street.sends(driver, *kept_ones(street, 9, began)).verdicts == ("late",) * 9

    assert path_m(street, driver, trip) == [200, 240, 280, 320, 360, 400]


def test_a_trip_that_another_took_the_place_of_keeps_its_late_positions(street: Street) -> None:
    """News of the next assignment may be quicker than news of the end, which is then old."""
    driver, first, began = on_trip(street)
    street.passes(20)
    second = street.trip("matching")
    street.rows("update trips set state = 'completed', ended_at = now() where id = %s", first)
    taken = street.records.end_of_trip(driver, first)
    assert taken is not None
    street.rows(
        "update trips set state = 'in_progress', driver_id = %s, assigned_at = %s where id = %s",
        driver,
        street.now,
        second,
    )
    change = street.records.trip_in_hand(driver, second)
    assert change is not None

    street.availability.trip_changed(change)
    street.availability.trip_changed(taken)
    street.passes(20)
    street.at(driver, 400)
    street.sends(driver, *kept_ones(street, 9, began))

    assert path_m(street, driver, first) == [0, 40, 80, 120, 160, 200]


@pytest.mark.parametrize("ago", [timedelta(days=3), timedelta(days=700_000)])
def test_a_position_of_long_ago_is_late_and_does_nothing(street: Street, ago: timedelta) -> None:
    driver, trip, _ = on_trip(street)
    fresh = street.driver()

    assert street.at(driver, 0, at=street.now - ago) == "late"
    assert street.at(fresh, 0, at=street.now - ago) == "late"

    assert path_m(street, driver, trip) == [0]
    street.passes(20)
    street.heartbeats.sweep()


def test_a_path_is_bounded_and_keeps_the_newest(street: Street) -> None:
    driver, trip, began = on_trip(street)
    key = ZoneKeys(ZONE).path(driver)
    old = int((began - timedelta(hours=20)).timestamp() * 1000)
    street.redis.delete(key)
    for thousand in range(21):
        street.redis.rpush(key, *(f"{trip} {old + 1000 * thousand + step} 37.77 -122.42 -" for step in range(1000)))
    street.passes(4)

    street.at(driver, 40)

    assert street.redis.llen(key) == 20_000
    assert path_m(street, driver, trip)[-1] == 40
