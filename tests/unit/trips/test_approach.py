import math
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from rideflow.kernel.geo import Fix, Point
from rideflow.markets.rules import CancellationRules
from rideflow.trips.approach import Approach, Judgement, judged
from rideflow.trips.model import TripState
from tests.market_data import SAN_FRANCISCO
from tests.unit.trips.trips import NOW, trip_in

RULES = CancellationRules(cancellation_fee_minor=500, cancellation_grace_s=120, no_show_after_s=300)
CITY = "san_francisco"
DEGREE_M = 111_195.0
ASSIGNED = NOW - timedelta(minutes=6)
LATE = TripState.DRIVER_ASSIGNED


def judgement(
    state: TripState,
    seen_m: Sequence[float] | None,
    was_m: float | None,
    *,
    assigned_s: float = 360,
    seen_since_s: float = 300,
    accuracy_m: float = 0,
    **arrival: Any,
) -> Judgement:
    """The verdict for a driver at these metres north of the pickup, at even intervals since `seen_since_s` ago."""
    trip = trip_in(
        state,
        assigned_at=NOW - timedelta(seconds=assigned_s) if state is not TripState.MATCHING else None,
        **{"arrival_distance_m": None, **arrival},
    )
    fixes = None
    if seen_m is not None:
        step = seen_since_s / max(1, len(seen_m) - 1)
        fixes = [
            Fix(
                NOW - timedelta(seconds=seen_since_s - number * step),
                Point(lat=trip.pickup_lat + north_m / DEGREE_M, lng=trip.pickup_lng),
                accuracy_m,
            )
            for number, north_m in enumerate(seen_m)
        ]
    near, came = SAN_FRANCISCO.rules.arrival, SAN_FRANCISCO.rules.approach
    return judged(trip, NOW, Approach(fixes, was_m), rules=RULES, near=near, came=came)


@pytest.mark.parametrize(
    ("seen_m", "was_m", "rule", "verdict"),
    [
        ([3000, 2790], 3000, "driver_came_nearer", "rider"),
        ([3000, 2810], 3000, "driver_never_moved", "driver"),
        ([600, 470], 600, "driver_came_nearer", "rider"),
        ([600, 490], 600, "driver_never_moved", "driver"),
        ([130, 110], 130, "driver_never_moved", "driver"),
        ([2000, 2000], 2000, "driver_never_moved", "driver"),
        ([2000, 2150], 2000, "driver_never_moved", "driver"),
        ([2000, 2250], 2000, "driver_moved_away", "driver"),
        ([2000, 900, 2000], 2000, "driver_never_moved", "driver"),
        ([60], 136, "driver_at_pickup", "rider"),
        ([60], 134, "driver_stood_near", "nobody"),
        ([90, 90, 90], 90, "driver_stood_near", "nobody"),
        ([90, 90, 90], None, "driver_stood_near", "nobody"),
        ([60], None, "not_known", "nobody"),
        ([200, 60], None, "driver_at_pickup", "rider"),
        ([2000, 1500], None, "driver_came_nearer", "rider"),
        ([1500], None, "not_known", "nobody"),
        ([], 3000, "not_known", "nobody"),
        (None, 3000, "not_known", "nobody"),
        (None, None, "not_known", "nobody"),
    ],
)
def test_a_late_cancellation_is_the_riders_fault_if_the_driver_came(
    seen_m: list[float] | None, was_m: float | None, rule: str, verdict: str
) -> None:
    found = judgement(LATE, seen_m, was_m)

    assert (found.rule, found.verdict) == (rule, verdict)


def test_positions_from_before_the_assignment_tell_nothing_of_the_way_to_the_pickup() -> None:
    found = judgement(LATE, [3000, 200], 3000, assigned_s=150, seen_since_s=400)
    assert found.rule == "driver_came_nearer"

    was_near_before = judgement(LATE, [200], 3000, assigned_s=150, seen_since_s=400)
    assert (was_near_before.rule, was_near_before.verdict) == ("not_known", "nobody")


def test_before_a_driver_and_in_the_grace_it_is_nobodys_fault() -> None:
    assert judgement(TripState.MATCHING, None, None).rule == "no_driver_yet"
    assert judgement(LATE, [10], 3000, assigned_s=120, seen_since_s=60).rule == "in_grace"
    assert judgement(LATE, [10], 3000, assigned_s=120.001, seen_since_s=60).rule == "driver_at_pickup"


def test_an_arrival_counts_if_it_was_believed() -> None:
    assert judgement(TripState.DRIVER_ARRIVED, None, 3000, arrival_distance_m=30).rule == "driver_arrived"
    assert judgement(TripState.DRIVER_ARRIVED, None, 3000).rule == "not_known"
    assert judgement(TripState.DRIVER_ARRIVED, [3000], 3000).rule == "driver_never_moved"


@pytest.mark.parametrize(
    ("is_m", "rule", "verdict"),
    [(299, "driver_arrived", "rider"), (301, "driver_left", "driver"), (3000, "driver_left", "driver")],
)
def test_a_driver_who_left_after_the_arrival_is_owed_nothing(is_m: float, rule: str, verdict: str) -> None:
    found = judgement(TripState.DRIVER_ARRIVED, [3000, 20, is_m], 3000, arrival_distance_m=20)

    assert (found.rule, found.verdict, found.evidence["arrival_distance_m"]) == (rule, verdict, 20)


@pytest.mark.parametrize(("told_after_s", "is_m", "rule"), [
    (60, 900, "driver_arrived"), (61, 2900, "driver_never_moved"), (61, 900, "driver_came_nearer"),
    (480, 20, "driver_at_pickup"), (480, None, "not_known"),
])  # fmt: skip
def test_an_arrival_that_the_rider_heard_of_late_is_judged_by_where_the_driver_is(
    told_after_s: float, is_m: float | None, rule: str
) -> None:
    arrived_at = NOW - timedelta(seconds=told_after_s)
    arrival: dict[str, Any] = {"arrived_at": arrived_at, "arrival_told_at": NOW, "arrival_distance_m": 20}
    if rule == "driver_arrived":
        arrival["arrived_at"], arrival["arrival_told_at"] = NOW, NOW + timedelta(seconds=told_after_s)

    found = judgement(TripState.DRIVER_ARRIVED, None if is_m is None else [3000, is_m], 3000, **arrival)

    assert found.rule == rule


@pytest.mark.parametrize("parked_m", [90, 130, 160, 200, 400])
@pytest.mark.parametrize("accuracy_m", [0, 30])
def test_a_parked_phone_with_20_m_of_noise_costs_a_rider_a_fee_once_in_a_hundred_times_at_most(
    parked_m: float, accuracy_m: float
) -> None:
    random, times = Random(11), 1500

    def seen_m() -> float:
        return math.hypot(parked_m + random.gauss(0, 20), random.gauss(0, 20))

    found = [judgement(LATE, [seen_m(), seen_m()], round(seen_m()), accuracy_m=accuracy_m) for _ in range(times)]
    without_offer = [judgement(LATE, [seen_m(), seen_m()], None, accuracy_m=accuracy_m) for _ in range(times)]

    for judgements in (found, without_offer):
        assert sum(each.verdict == "rider" for each in judgements) <= times / 100


def test_fixes_that_may_be_far_off_need_a_longer_move() -> None:
    assert judgement(LATE, [600, 470], 600, accuracy_m=50).rule == "driver_came_nearer"
    assert judgement(LATE, [600, 470], 600, accuracy_m=60).rule == "driver_never_moved"
    assert judgement(LATE, [600, 400], 600, accuracy_m=60).rule == "driver_came_nearer"
    assert judgement(LATE, [230, 95], 230, accuracy_m=60).rule == "driver_stood_near"
    assert judgement(LATE, [230, 90], 230, accuracy_m=60).rule == "driver_at_pickup"


def test_the_evidence_is_told_in_figures() -> None:
    found = judgement(LATE, [3000, 2500], 3000)

    assert found.evidence == {
        "assigned_distance_m": 3000,
        "last_distance_m": 2500,
        "last_position_at": NOW.isoformat(),
    }
