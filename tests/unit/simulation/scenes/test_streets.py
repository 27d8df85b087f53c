"""The streets of a scene, and the ways that cars take on them."""

import math
import random
from itertools import pairwise

import pytest

from rideflow.kernel.geo import distance_m
from simulation.drives import journey
from simulation.scenes import san_francisco as city
from simulation.scenes.plan import lot, served, terminal
from simulation.scenes.streets import BLOCK_M, Streets, place_of, point_of, san_francisco

STREETS = san_francisco()
SPEED_LIMIT_MPS = 17.0


def ways(number: int, seed: int = 1) -> list[tuple[int, int, list[int]]]:
    draw = random.Random(seed)
    pairs = [(draw.randrange(len(STREETS.corners)), draw.randrange(len(STREETS.corners))) for _ in range(number)]
    return [(a, b, STREETS.way(a, b)) for a, b in pairs if a != b]


def test_every_corner_leads_to_every_other_along_streets_of_a_block() -> None:
    freeway = {STREETS.corner_near(place_of(point)) for point in (*city.FREEWAY, city.WAITING_LOT)}
    for start, end, way in ways(40):
        corners = [STREETS.ahead(stand) for stand in way]
        assert (corners[0], corners[-1]) == (start, end)
        for a, b in pairwise(corners):
            assert a != b
            if not {a, b} & freeway:
                assert math.dist(STREETS.corners[a], STREETS.corners[b]) <= 1.3 * BLOCK_M


def test_ways_are_as_much_longer_than_straight_lines_as_streets_are() -> None:
    detours = []
    for *_, way in ways(60):
        places = STREETS.places(way)
        straight_m = math.dist(places[0], places[-1])
        if straight_m > 1000:
            detours.append(sum(math.dist(a, b) for a, b in pairwise(places)) / straight_m)
    assert 1.15 < sorted(detours)[len(detours) // 2] < 1.4


def test_people_do_not_drive_in_stairs() -> None:
    for *_, way in ways(40):
        places = STREETS.places(way)
        turns = 0
        for a, b, c in zip(places, places[1:], places[2:], strict=False):
            angle = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
            turns += abs((angle + math.pi) % (2 * math.pi) - math.pi) > 1.0
        assert turns <= 12


def test_all_corners_are_served_and_none_is_in_a_park() -> None:
    for place in STREETS.corners[::7]:
        point = point_of(place)
        assert served(point)
        assert not (37.766 < point.lat < 37.771 and -122.495 < point.lng < -122.479), "Golden Gate Park"
        assert not (37.748 < point.lat < 37.756 and -122.456 < point.lng < -122.446), "Twin Peaks"


def test_a_car_that_drives_goes_on_to_the_next_corner_before_it_turns() -> None:
    start, end, way = ways(1)[0]
    on_the_way = way[len(way) // 2]
    back = STREETS.way(on_the_way, start)
    assert back[0] == on_the_way
    assert STREETS.places(back)[0] == STREETS.corners[STREETS.ahead(on_the_way)]
    assert STREETS.way(on_the_way, STREETS.ahead(on_the_way)) == [on_the_way]
    assert STREETS.way(end, end) == []


def test_a_car_turns_round_only_where_a_street_ends() -> None:
    streets = Streets([(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (100.0, 100.0)], [(0, 1, 8.0), (1, 2, 8.0), (1, 3, 8.0)])
    to_the_middle = streets.way(0, 1)[-1]
    back = streets.way(to_the_middle, 0)
    corners = [streets.ahead(stand) for stand in back]
    assert corners[0] == 1
    assert corners[1] in {2, 3}
    assert corners[2:] == [1, 0]


def test_the_airport_is_reached_on_the_freeway_and_is_the_markets() -> None:
    from rideflow.markets.wiring import markets

    fifo = markets().named("san_francisco").fifos[0]
    assert fifo.pickups.holds(point_of(STREETS.corners[terminal(STREETS)]))
    assert fifo.waiting is not None
    assert fifo.waiting.holds(point_of(STREETS.corners[lot(STREETS)]))
    way = STREETS.places(STREETS.way(STREETS.corner_near((0.0, 0.0)), terminal(STREETS)))
    assert any(math.dist(place, place_of(city.FREEWAY[9])) < 1 for place in way)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_car_moves_without_a_leap_at_the_speeds_of_a_city_and_ends_at_its_corner(seed: int) -> None:
    for _, end, way in ways(4, seed):
        corners = STREETS.places(way)
        drive = journey(random.Random(seed), corners, 0.18)
        places = [drive.place(at_s) for at_s in range(int(drive.duration_s) + 2)]
        assert places[0] == pytest.approx(corners[0])
        assert places[-1] == pytest.approx(STREETS.corners[end])
        steps = [math.dist(a, b) for a, b in pairwise(places)]
        assert max(steps) <= SPEED_LIMIT_MPS
        if drive.length_m > 1000:
            assert 5 < drive.length_m / drive.duration_s < 14
            assert min(steps) < 0.5, "it stands at lights"


def test_a_car_looks_where_it_drives() -> None:
    drive = journey(random.Random(1), [(0.0, 0.0), (0.0, 300.0), (300.0, 300.0)], 0.0)
    (corner_s,) = drive.corner_times()
    assert (drive.heading_deg(0.0), drive.heading_deg(drive.duration_s)) == (0.0, 90.0)
    assert drive.place(corner_s) == pytest.approx((0.0, 300.0))


def test_a_place_is_where_its_point_is() -> None:
    for place in STREETS.corners[::500]:
        assert place_of(point_of(place)) == pytest.approx(place, abs=0.2)
        assert distance_m(point_of(place), city.CENTRE) == pytest.approx(math.hypot(*place), rel=0.01)
