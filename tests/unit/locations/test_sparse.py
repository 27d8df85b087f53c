"""Sparse fixes: the sparse steps, their measured length, and the metres that they may hide."""

import math

import pytest

from rideflow.locations.sparse import Fix, pieces_between, sparse_steps, stretches, unseen_m


def fixes(*places: tuple[float, float], every_s: float = 15) -> list[Fix]:
    return [Fix(number * every_s, *place) for number, place in enumerate(places)]


def may_be_longer_m(*places: tuple[float, float], every_s: float = 15) -> float:
    told = fixes(*places, every_s=every_s)
    return unseen_m(told, sparse_steps(told))


def step_may_be_longer_m(*places: tuple[float, float]) -> float:
    """The hidden metres of four places, with one long step between the middle ones."""
    told = [Fix(at_s, *place) for at_s, place in zip((0, 4, 19, 23), places, strict=True)]
    assert sparse_steps(told) == [False, True, False]
    return unseen_m(told, sparse_steps(told))


def after(*seconds: float) -> list[bool]:
    """Whether each step is sparse, by these durations."""
    at_s = [sum(seconds[:number]) for number in range(len(seconds) + 1)]
    return sparse_steps([Fix(at, 10 * at, 0) for at in at_s])


def test_a_step_is_sparse_beside_another_long_one_or_if_it_is_very_long() -> None:
    assert after(5, 6.5, 5) == [False, False, False]
    assert after(7, 7, 4) == [True, True, False]
    assert after(4, 8, 4, 13, 4) == [False] * 5
    assert after(4, 13.1, 4) == [False, True, False]
    assert after(4, 4, 8) == [False, False, False]
    assert sparse_steps([]) == sparse_steps([Fix(0, 0, 0)]) == []


def test_parts_follow_each_other_without_a_gap() -> None:
    told = [Fix(at, 10 * at, 0) for at in (0, 4, 8, 23, 38, 42)]

    parts = [(is_sparse, [fix.at_s for fix in part]) for is_sparse, part in stretches(told, sparse_steps(told))]

    assert parts == [(False, [0, 4, 8]), (True, [8, 23, 38]), (False, [38, 42])]


def test_sparse_fixes_measure_the_straight_pieces_between_them() -> None:
    assert pieces_between(fixes((0, 0), (150, 0), (150, 150)))[1] == 300


def test_a_standing_car_is_at_one_place_with_any_noise() -> None:
    places, length_m = pieces_between(fixes((0, 0), (150, 0), (165, 10), (140, -10), (145, 10), (300, 0)))

    assert places == [(0, 0), (150, 2.5), (300, 0)]
    assert length_m == pytest.approx(300, abs=0.1)


def test_a_car_that_creeps_is_not_taken_to_stand() -> None:
    assert pieces_between(fixes(*((30.0 * step, 0.0) for step in range(11))))[1] == pytest.approx(300, abs=60)


def test_two_fixes_close_in_time_at_a_corner_are_two_places() -> None:
    """Other people's tracks have points where roads turn, a second apart."""
    assert pieces_between([Fix(0, 0, 0), Fix(13, 110, 0), Fix(14, 120, 0), Fix(27, 120, 100)])[1] == 220


@pytest.mark.parametrize("every_s", [10, 15, 30, 45])
def test_a_straight_road_hides_nothing(every_s: float) -> None:
    assert may_be_longer_m(*((10 * every_s * step, 0) for step in range(9)), every_s=every_s) == 0


def test_a_bend_and_a_corner_within_noise_hide_nothing() -> None:
    around = [(1_000 * math.sin(step / 4), 1_000 * math.cos(step / 4)) for step in range(6)]

    assert may_be_longer_m(*around) == 0
    assert step_may_be_longer_m((0, 0), (100, 0), (120, 20), (120, 120)) == 0


def test_a_corner_hides_what_the_straight_piece_cuts_off() -> None:
    """100 m east and then 100 m north, and straight on before and after."""
    cut_m = 200 - math.dist((0, 0), (100, 100))

    assert step_may_be_longer_m((-200, 0), (0, 0), (100, 100), (100, 300)) == pytest.approx(cut_m)


def test_a_turn_at_a_fix_itself_hides_nothing() -> None:
    assert may_be_longer_m((0, 0), (200, 0), (400, 0), (400, 200), (400, 400)) == 0


def test_a_way_to_one_side_and_then_to_the_other_may_be_that_of_a_grid() -> None:
    """The way goes east, north and east again."""
    cut_m = 400 - math.dist((0, 0), (200, 200))

    assert step_may_be_longer_m((-200, 0), (0, 0), (200, 200), (400, 200)) == pytest.approx(cut_m)
    assert step_may_be_longer_m((-200, 0), (0, 0), (200, 30), (400, 30)) == 0


def test_a_way_that_comes_back_may_be_that_of_a_grid() -> None:
    assert step_may_be_longer_m((0, 0), (0, 300), (200, 300), (200, 0)) == pytest.approx(200 * (math.sqrt(2) - 1))


def test_nobody_knows_how_the_way_between_the_only_two_fixes_turned() -> None:
    assert may_be_longer_m((0, 0), (300, 0)) == pytest.approx(300 * (math.sqrt(2) - 1))


def test_the_ends_of_a_path_are_taken_to_turn_as_their_other_ends_do() -> None:
    assert may_be_longer_m((0, 0), (300, 0), (600, 0)) == 0
    assert may_be_longer_m((0, 0), (200, 0), (300, 150)) > 50
    assert may_be_longer_m((300, 150), (200, 0), (0, 0)) > 50


def test_a_place_too_near_to_show_a_direction_is_passed_over() -> None:
    """Noise of 15 m beside the road turns no straight road into a corner."""
    beside_the_road = [(-300, 0), (-30, 25), (0, 0), (300, 0), (330, 25), (600, 0)]
    told = [Fix(at_s, *place) for at_s, place in zip((0, 4, 8, 38, 42, 46), beside_the_road, strict=True)]

    assert unseen_m(told, sparse_steps(told)) == 0


def test_frequent_fixes_hide_nothing_on_any_streets() -> None:
    corners = [(0, 0), (40, 0), (40, 40), (80, 40), (80, 80), (120, 80)]

    assert may_be_longer_m(*corners, every_s=4) == 0


def test_a_way_that_turns_around_within_a_step_may_be_that_of_a_grid() -> None:
    """Its directions before and after the step meet behind it, so there is no corner."""
    grid_m = 200 * (math.sqrt(2) - 1)

    assert step_may_be_longer_m((0, 0), (0, 300), (200, 300), (100, 0)) == pytest.approx(grid_m)
