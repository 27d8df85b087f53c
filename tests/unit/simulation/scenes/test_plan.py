"""The plan of an evening: where and when people ride, and how they behave."""

import random
from collections import Counter

import pytest

from rideflow.kernel.geo import distance_m
from simulation.scenes.names import SceneName
from simulation.scenes.plan import (
    CARD,
    DECLINED_CARD,
    EVENING,
    LONGEST_M,
    SHORTEST_M,
    ScenePlan,
    Wish,
    areas_for,
    cruise_to,
    lot,
    phase_at,
    planned,
)
from simulation.scenes.streets import point_of, san_francisco

STREETS = san_francisco()


def plan(rides: int = 400, drivers: int = 120, seed: int = 1) -> ScenePlan:
    return planned(SceneName.EVENING, rides, drivers, seed, STREETS)


@pytest.fixture(scope="module")
def evening() -> ScenePlan:
    return plan()


def hour(evening: ScenePlan, wish: Wish) -> float:
    return evening.hour_at(wish.request.after_s)


def kinds(wishes: list[Wish]) -> Counter[tuple[str, str]]:
    return Counter((wish.areas[0].kind, wish.areas[1].kind) for wish in wishes)


def test_the_same_seed_plans_the_same_evening_and_another_one_another() -> None:
    assert plan(30, 10) == plan(30, 10)
    assert plan(30, 10).wishes != plan(30, 10, seed=2).wishes


def test_rides_are_asked_for_in_order_over_the_whole_evening(evening: ScenePlan) -> None:
    times = [wish.request.after_s for wish in evening.wishes]
    assert times == sorted(times)
    assert times[0] < 0.02 * evening.span_s
    assert 0.95 * evening.span_s < times[-1] <= evening.span_s


def test_the_evening_has_a_peak_at_dinner_and_a_lull_before_the_bars_close(evening: ScenePlan) -> None:
    def an_hour(since: float, until: float) -> float:
        return sum(since <= hour(evening, wish) < until for wish in evening.wishes) / (until - since)

    dinner, lull, bars, night = an_hour(6.5, 8.5), an_hour(8.5, 10.5), an_hour(10.5, 12), an_hour(12, 13)
    assert dinner > 1.5 * lull
    assert bars > 1.2 * lull
    assert night < bars


def test_people_leave_work_then_go_out_and_then_home(evening: ScenePlan) -> None:
    early = kinds([wish for wish in evening.wishes if hour(evening, wish) < 6.5])
    dinner = kinds([wish for wish in evening.wishes if 6.5 <= hour(evening, wish) < 8.5])
    late = kinds([wish for wish in evening.wishes if hour(evening, wish) >= 10.5])
    assert early.most_common(1)[0][0] == ("work", "home")
    assert dinner.most_common(1)[0][0] == ("home", "out")
    assert late.most_common(1)[0][0] == ("out", "home")
    assert late["work", "home"] == 0


def test_rides_are_one_to_twelve_kilometres_long_but_for_those_of_the_airport(evening: ScenePlan) -> None:
    lengths = []
    for wish in evening.wishes:
        length_m = distance_m(wish.request.pickup, wish.request.dropoff)
        if "airport" in {area.kind for area in wish.areas}:
            assert length_m > LONGEST_M
        else:
            assert SHORTEST_M <= length_m <= LONGEST_M
            lengths.append(length_m)
    assert 2_000 < sorted(lengths)[len(lengths) // 2] < 4_500
    assert 0.01 < 1 - len(lengths) / len(evening.wishes) < 0.1


def test_rides_begin_and_end_at_corners_of_their_areas(evening: ScenePlan) -> None:
    for wish in evening.wishes:
        assert wish.request.pickup == point_of(STREETS.corners[wish.pickup])
        assert wish.request.dropoff == point_of(STREETS.corners[wish.dropoff])
        area = wish.areas[0]
        assert distance_m(wish.request.pickup, area.centre) <= 5 * area.spread_m + 400


def test_a_known_share_of_riders_does_otherwise(evening: ScenePlan) -> None:
    wishes = evening.wishes
    assert Counter(wish.changes_mind for wish in wishes)["waiting"] == 12
    assert Counter(wish.changes_mind for wish in wishes)["assigned"] == 12
    assert Counter(wish.card for wish in wishes) == {CARD: 396, DECLINED_CARD: 4}
    missing = [number for number, wish in enumerate(wishes) if not wish.comes]
    assert len(missing) == 4
    assert max(missing) < 0.6 * len(wishes), "a no-show takes five minutes, and not the last ones"
    assert 0.65 < sum(wish.stars is not None for wish in wishes) / len(wishes) < 0.85
    assert Counter(wish.stars for wish in wishes).most_common(1)[0][0] == 5
    odd = [wish for wish in wishes if wish.changes_mind or not wish.comes or wish.card != CARD]
    assert len(odd) == 32, "nobody does two odd things at once"


def test_drivers_come_in_the_first_part_and_some_leave_early(evening: ScenePlan) -> None:
    online = [shift.online_after_s for shift in evening.shifts]
    assert online[0] == 0
    assert online == sorted(online)
    assert online[-1] < 0.15 * evening.span_s
    leaving = [shift.leaves_after_s for shift in evening.shifts if shift.leaves_after_s is not None]
    assert 0.1 < len(leaving) / len(online) < 0.4
    assert min(leaving) > 0.5 * evening.span_s
    assert {shift.vehicle_class for shift in evening.shifts} == {"economy", "comfort", "xl"}
    assert any(shift.declines for shift in evening.shifts)
    assert any(shift.lets_pass for shift in evening.shifts)
    assert any(shift.silent_on_ride for shift in evening.shifts)
    assert [shift.start for shift in evening.shifts if shift.waits_at_airport] == [lot(STREETS)] * 8


def test_a_small_fleet_plays_in_the_middle_of_the_city_with_one_kind_of_car() -> None:
    small = plan(6, 4)
    assert {area.name for area in areas_for(4)} < {area.name for area in areas_for(60)}
    assert {wish.product for wish in small.wishes} == {"economy"}
    assert {shift.vehicle_class for shift in small.shifts} == {"economy"}
    assert all(distance_m(wish.request.pickup, small.areas[0].centre) < 6_000 for wish in small.wishes)
    assert not any(shift.waits_at_airport or shift.leaves_after_s for shift in small.shifts)


def test_every_part_of_the_evening_can_be_played_by_one_driver() -> None:
    there = {area.kind for area in areas_for(1)}
    assert all(any(there.issuperset(pair) for pair in phase.pairs) for phase in EVENING)
    draw = random.Random(1)
    for phase in EVENING:
        assert all(cruise_to(phase.from_hour, areas_for(1), draw, STREETS) >= 0 for _ in range(60))
    assert all(plan(3, 1, seed=seed).wishes for seed in range(5))


def test_the_clock_goes_from_five_to_one_and_stays_there(evening: ScenePlan) -> None:
    assert (evening.hour_at(0), evening.hour_at(evening.span_s), evening.hour_at(2 * evening.span_s)) == (
        5.0,
        13.0,
        13.0,
    )
    assert [phase_at(at) for at in (0.0, 5.0, 6.5, 12.9)] == [EVENING[0], EVENING[0], EVENING[1], EVENING[-1]]


def test_free_cars_go_where_riders_are_expected(evening: ScenePlan) -> None:
    draw = random.Random(1)
    late = [point_of(STREETS.corners[cruise_to(11.0, evening.areas, draw, STREETS)]) for _ in range(60)]
    bars = [area for area in evening.areas if area.kind == "out"]
    assert sum(any(distance_m(place, bar.centre) < 1_500 for bar in bars) for place in late) > 50
