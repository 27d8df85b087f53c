from datetime import datetime, timedelta

import pytest

from rideflow.kernel.geo import Fix, Point
from rideflow.trips import arriving
from rideflow.trips.errors import NotAtPickupError, PositionUnknownError
from rideflow.trips.evidence import seen_at
from rideflow.trips.model import Change, TripState
from tests.market_data import SAN_FRANCISCO
from tests.unit.trips.trips import NOW, trip_in

RULES = SAN_FRANCISCO.rules.arrival
PICKUP = trip_in(TripState.DRIVER_ASSIGNED).pickup
DEGREE_M = 111_195.0


def fix(north_m: float, ago_s: float = 0, accuracy_m: float = 0) -> Fix:
    place = Point(lat=PICKUP.lat + north_m / DEGREE_M, lng=PICKUP.lng)
    return Fix(NOW - timedelta(seconds=ago_s), place, accuracy_m)


def arrived(*fixes: Fix, at: datetime = NOW) -> Change:
    trip = trip_in(TripState.DRIVER_ASSIGNED, arrived_at=None)
    change = arriving.arrived(trip, fixes, at, NOW, RULES)
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("north_m", "accuracy_m", "believed"),
    [
        (0, 0, True), (99, 0, True), (102, 0, False), (139, 40, True), (145, 40, False), (149, 200, True),
        (152, 200, False),
    ],
)  # fmt: skip
def test_a_driver_has_arrived_within_100_m_plus_the_accuracy_of_the_fix(
    north_m: float, accuracy_m: float, *, believed: bool
) -> None:
    if believed:
        assert arrived(fix(north_m, accuracy_m=accuracy_m)).trip.arrival_distance_m == pytest.approx(north_m, abs=1)
        return
    with pytest.raises(NotAtPickupError) as refused:
        arrived(fix(north_m, accuracy_m=accuracy_m))
    assert refused.value.extra == {"distance_m": north_m, "tolerance_m": 100 + min(accuracy_m, 50)}


@pytest.mark.parametrize("fixes", [[], [fix(0, ago_s=61)], [fix(0, ago_s=3600)]])
def test_a_place_that_is_not_known_now_proves_nothing(fixes: list[Fix]) -> None:
    with pytest.raises(PositionUnknownError):
        arrived(*fixes)


def test_the_last_position_counts_and_not_the_nearest() -> None:
    with pytest.raises(NotAtPickupError):
        arrived(fix(10, ago_s=30), fix(300))


def test_of_an_arrival_that_is_told_late_the_nearest_position_in_time_counts_and_not_the_last() -> None:
    """A driver who arrived a minute ago may have gone round the block since, or have come only now."""
    then = NOW - timedelta(seconds=50)
    came, left = (fix(20, ago_s=52), fix(400)), (fix(400, ago_s=52), fix(20))

    assert arrived(*came, at=then).trip.arrival_distance_m == 20
    with pytest.raises(NotAtPickupError):
        arrived(*left, at=then)


def test_stores_that_do_not_answer_block_nobody_and_prove_nothing() -> None:
    trip = trip_in(TripState.DRIVER_ASSIGNED, arrived_at=None)

    change = arriving.arrived(trip, None, NOW, NOW, RULES)

    assert change is not None
    assert (change.trip.state, change.trip.arrived_at, change.trip.arrival_distance_m) == ("driver_arrived", NOW, None)


def test_an_arrival_that_is_told_late_is_believed_by_where_the_phone_was_then() -> None:
    then = NOW - timedelta(minutes=8)
    there, since = fix(40, ago_s=480), [fix(2000, ago_s=700), fix(5000, ago_s=10)]

    change = arrived(since[0], there, since[1], at=then)

    assert (change.trip.arrived_at, change.entry.at) == (then, then)
    assert change.trip.arrival_distance_m == 40
    assert change.trip.arrival_told_at == NOW
    assert change.entry.data["told_at"] == NOW.isoformat()
    with pytest.raises(PositionUnknownError):
        arrived(*since, at=then)


@pytest.mark.parametrize(
    ("before_m", "after_m", "seen_m"), [(80, 20, 80), (20, 80, 80), (300, 20, None), (20, 300, None)]
)
def test_a_phone_without_a_signal_was_where_it_fell_silent_and_came_back(
    before_m: float, after_m: float, seen_m: int | None
) -> None:
    seen = seen_at([fix(before_m, 600), fix(after_m, 60)], NOW - timedelta(seconds=300), PICKUP, RULES)

    assert (None if seen is None else seen.distance_m) == seen_m


def test_a_garage_is_no_proof_until_the_phone_is_heard_again() -> None:
    assert seen_at([fix(20, 600)], NOW - timedelta(seconds=300), PICKUP, RULES) is None
