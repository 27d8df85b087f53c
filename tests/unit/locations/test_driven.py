"""Driven distance: noise adds none, and every driven metre counts.

Other people's tracks (`shared/data/tracks` beside the checkout, if it exists) are a second set of shapes.
"""

import math
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.paths import Cell, measure, path_of, ride_of
from rideflow.kernel.geo import EARTH_RADIUS_M, Point, distance_m
from rideflow.locations.driven import driven_way
from rideflow.locations.paths import measured_path
from rideflow.supply.model import PathPoint, milliseconds
from simulation.drives import STREETS, Noise, drive

TRACKS = Path(__file__).parents[4] / "shared" / "data" / "tracks"
NORTH_M = math.radians(1) * EARTH_RADIUS_M
EAST_M = NORTH_M * math.cos(math.radians(37.77))

places = st.tuples(st.floats(-5_000, 5_000), st.floats(-5_000, 5_000))


def at(metres: Sequence[tuple[float, float]], every_s: float = 4.0) -> list[PathPoint]:
    """A path through these places, metres east and north of San Francisco."""
    return [
        PathPoint(round(1000 * every_s * number), 37.77 + north / NORTH_M, -122.42 + east / EAST_M)
        for number, (east, north) in enumerate(metres)
    ]


def length_m(metres: Sequence[tuple[float, float]], every_s: float = 4.0) -> float:
    return driven_way(at(metres, every_s)).length_m


def drawn(seed: int) -> Random:
    return Random(seed)


def noisy(metres: Sequence[tuple[float, float]], sigma_m: float, seed: int = 1) -> list[tuple[float, float]]:
    draw = drawn(seed)
    return [(x + draw.gauss(0, sigma_m), y + draw.gauss(0, sigma_m)) for x, y in metres]


def test_a_path_without_noise_is_as_long_as_its_pieces() -> None:
    north = [(0.0, 40.0 * step) for step in range(26)]
    east = [(40.0 * step, 1_000.0) for step in range(1, 26)]

    assert length_m([]) == length_m([(0, 0)]) == 0
    assert length_m([(0, 0), (0, 500)]) == pytest.approx(500, abs=0.1)
    assert length_m(north) == pytest.approx(1_000, abs=0.5)
    assert length_m(north + east) == pytest.approx(2_000, abs=1)


def test_a_corner_that_no_fix_saw_is_found_where_the_streets_meet() -> None:
    """The fixes beside it are 25 m before and 25 m after the corner; straight between them is 15 m less."""
    north = [(0.0, 25.0 + 50.0 * step) for step in range(10)]
    east = [(25.0 + 50.0 * step, 500.0) for step in range(10)]

    assert length_m(north + east) == pytest.approx(475 + 475, abs=2)


@pytest.mark.parametrize("sigma_m", [3, 5, 10, 20])
def test_a_car_that_stands_for_an_hour_drives_nowhere(sigma_m: float) -> None:
    stood = noisy([(0.0, 0.0)] * 900, sigma_m)

    assert length_m(stood) < 6 * sigma_m
    assert sum(math.dist(a, b) for a, b in pairwise(stood)) > 1_000 * sigma_m


def test_a_quarter_of_an_hour_in_a_jam_adds_nothing() -> None:
    before = [(40.0 * step, 0.0) for step in range(63)]
    jam = [(2_500.0, 0.0)] * 225
    after = [(2_500.0 + 40.0 * step, 0.0) for step in range(1, 63)]

    assert length_m(noisy(before + jam + after, 3)) == pytest.approx(4_980, rel=0.01)


def test_to_and_fro_on_one_street_counts_both_ways() -> None:
    there = [(40.0 * step, 0.0) for step in range(26)]

    assert length_m(noisy([*there, *reversed(there[:-1])], 5)) == pytest.approx(2_000, rel=0.02)


def test_three_times_around_a_block_counts_three_times() -> None:
    corners = [(0.0, 0.0), (120.0, 0.0), (120.0, 120.0), (0.0, 120.0)]
    around = [
        (ax + (bx - ax) * share, ay + (by - ay) * share)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True)
        for share in (0, 0.25, 0.5, 0.75)
    ]

    assert length_m(noisy(around * 3 + [(0.0, 0.0)], 3)) == pytest.approx(3 * 480, rel=0.03)


def test_a_fix_that_no_car_could_have_come_to_is_left_out() -> None:
    straight = [(40.0 * step, 0.0) for step in range(50)]
    straight[20] = (800.0, 700.0)

    assert length_m(straight) == pytest.approx(1_960, abs=5)


@pytest.mark.parametrize("every_s", [10, 15, 30, 45])
def test_fixes_far_apart_measure_at_least_the_straight_pieces_between_them(every_s: float) -> None:
    """Each step is a street with a turn after it: the lines would take the turns for noise."""
    streets = [(0.0, 0.0)]
    for number, (east, north) in enumerate([(1, 0), (0, 1)] * 10):
        metres = 90.0 + 10 * (number % 4)
        streets.append((streets[-1][0] + metres * east, streets[-1][1] + metres * north))

    assert length_m(streets, every_s) == pytest.approx(20 * 105, rel=1e-3)


@pytest.mark.parametrize("every_s", [10, 15, 30, 45])
@pytest.mark.parametrize("sigma_m", [3, 10])
def test_a_stand_between_fixes_far_apart_adds_nothing(every_s: float, sigma_m: float) -> None:
    way = [(10 * every_s * step, 0.0) for step in range(12)]
    stood = [*way[:6], *[way[6]] * 20, *way[7:]]

    assert length_m(noisy(stood, sigma_m), every_s) == pytest.approx(110 * every_s, rel=0.03)


def test_a_phone_that_sends_seldom_for_a_while_is_measured_by_both_ways() -> None:
    """The part with frequent fixes finds its corner; the part with rare fixes is measured by straight pieces."""
    often = at([(0.0, 25.0 + 50.0 * step) for step in range(10)] + [(25.0 + 50.0 * step, 500.0) for step in range(10)])
    since_ms = often[-1].recorded_ms
    seldom = at([(475.0 + 150.0 * step, 500.0 + 150.0 * (step % 2)) for step in range(1, 6)], 15)
    way = driven_way([*often, *(point._replace(recorded_ms=point.recorded_ms + since_ms + 15_000) for point in seldom)])

    assert way.length_m == pytest.approx(475 + 475 + 5 * math.hypot(150, 150), abs=5)
    assert way.unseen_m > 200


def test_a_message_that_was_lost_hides_nothing_and_its_corner_is_found() -> None:
    north, east = [(0.0, 40.0 * step) for step in range(13)], [(40.0 * step, 480.0) for step in range(1, 13)]
    told = at(north + east)
    del told[12]  # the fix at the corner: the fixes beside it are 8 s apart
    way = driven_way(told)

    assert way.length_m == pytest.approx(960, abs=3)
    assert way.unseen_m == 0


@pytest.mark.parametrize("interval_s", [10, 15, 30, 45])
def test_of_fixes_far_apart_a_city_is_not_known_and_a_straight_road_is(interval_s: float) -> None:
    """A city's way may have more unseen metres than noise hides. Known ways are measured to within two per cent."""
    unknown = {"city": 0, "old_town": 0, "straight": 0}
    for streets in unknown:
        for seed in range(8):
            between = (0.9 * interval_s, 1.1 * interval_s)
            ride = drive(STREETS[streets], drawn(seed), 6_000, standing=0.2, noise=Noise(5), interval_s=between)
            told = measured_path(path_of(ride), ride_of(ride))
            unknown[streets] += told.coverage < 1
            assert told.coverage < 1 or told.distance_m == pytest.approx(ride.length_m, rel=0.02)

    assert (unknown["city"], unknown["old_town"]) == (8, 8)
    assert unknown["straight"] <= 2


def test_fixes_every_second_measure_as_those_every_four() -> None:
    often = noisy([(10.0 * step, 0.0) for step in range(400)], 5)

    assert length_m(often, every_s=1) == pytest.approx(3_990, rel=0.01)


def test_two_hours_are_measured_in_less_than_a_second_of_one_processor() -> None:
    draw = drawn(1)
    ride = drive(STREETS["city"], draw, 60_000, standing=0.2, noise=Noise(10), interval_s=(3, 3))
    path = path_of(ride)[:2_400]
    began = time.process_time()

    driven_way(path)

    assert len(path) == 2_400
    assert time.process_time() - began < 1


@pytest.mark.parametrize("noise", [Noise(0), Noise(5), Noise(10), Noise(10, 0.9), Noise(20, 0.9)], ids=str)
@pytest.mark.parametrize("standing", [0.0, 0.4])
def test_half_of_the_rides_are_measured_to_within_two_per_cent_and_none_costs_more_than_its_quote(
    noise: Noise, standing: float
) -> None:
    """A smaller set of the bench's rides, drawn by another seed. `rideflow bench --only paths` measures a thousand."""
    rides = measure(Cell(noise, standing), 12, seed=7)

    assert median(abs(ride.error) for ride in rides) <= 0.02
    assert not any(ride.above_quote for ride in rides)


@pytest.mark.parametrize("streets", ["old_town", "with_ways_back"])
@pytest.mark.parametrize(
    ("noise", "interval_s"), [(Noise(5, 0.5), (1, 2)), (Noise(10, 0.7), (5, 10)), (Noise(15, 0.98), (3, 5))], ids=str
)
def test_other_streets_noises_and_intervals_are_measured_to_within_four_per_cent(
    streets: str, noise: Noise, interval_s: tuple[float, float]
) -> None:
    errors = []
    for seed in range(8):
        ride = drive(STREETS[streets], drawn(seed), 5_000, standing=0.2, noise=noise, interval_s=interval_s)
        errors.append(abs(driven_way(path_of(ride)).length_m / ride.length_m - 1))

    assert median(errors) <= 0.04


@settings(max_examples=60, deadline=None)
@given(st.lists(places, max_size=60), st.sampled_from([0.05, 1.0, 4.0, 120.0]))
def test_any_path_is_at_least_as_long_as_the_straight_line_and_measures_the_same_again(
    metres: list[tuple[float, float]], every_s: float
) -> None:
    path = at(metres, every_s)
    way = driven_way(path)

    assert way == driven_way(path)
    assert math.isfinite(way.length_m)
    if len(path) >= 2:
        assert way.length_m >= distance_m(way.line[0], way.line[-1])


@settings(max_examples=30, deadline=None)
@given(st.lists(places, min_size=2, max_size=40), st.integers(2, 60))
def test_standing_at_the_end_makes_no_path_longer_by_more_than_its_noise(
    metres: list[tuple[float, float]], more: int
) -> None:
    assert length_m(metres + [metres[-1]] * more) <= sum(math.dist(a, b) for a, b in pairwise(metres)) * 1.3 + 100


@pytest.mark.skipif(not TRACKS.is_dir(), reason="no `shared/data/tracks` beside the checkout")
@pytest.mark.parametrize("name", [track.stem for track in sorted(TRACKS.glob("*.gpx"))])
@pytest.mark.parametrize("sigma_m", [0, 3, 10])
def test_other_peoples_tracks_are_as_long_as_they_are(name: str, sigma_m: float) -> None:
    way = track(TRACKS / f"{name}.gpx")
    length = sum(math.dist(a, b) for a, b in pairwise(way))

    measured = length_m(noisy(resampled(way, 35), sigma_m))

    assert measured == pytest.approx(length, rel=0.05, abs=6 * sigma_m)


@pytest.mark.skipif(not TRACKS.is_dir(), reason="no `shared/data/tracks` beside the checkout")
@pytest.mark.parametrize("name", [track.stem for track in sorted(TRACKS.glob("tour*.gpx"))])
def test_other_peoples_tracks_at_their_own_times_are_as_long_as_their_pieces(name: str) -> None:
    """They have a point at each turn of the road, up to 26 s apart."""
    told = timed(TRACKS / f"{name}.gpx")
    pieces_m = sum(distance_m(Point(lat=a.lat, lng=a.lng), Point(lat=b.lat, lng=b.lng)) for a, b in pairwise(told))

    assert driven_way(told).length_m == pytest.approx(pieces_m, rel=0.01)


def timed(file: Path) -> list[PathPoint]:
    """A track's points with their times."""
    points = [each for each in ElementTree.parse(file).getroot().iter() if each.tag.endswith("trkpt")]
    moments = [
        next(datetime.fromisoformat(child.text or "") for child in each if child.tag.endswith("time"))
        for each in points
    ]
    return [
        PathPoint(milliseconds(moment), float(each.attrib["lat"]), float(each.attrib["lon"]))
        for moment, each in zip(moments, points, strict=True)
    ]


def track(file: Path) -> list[tuple[float, float]]:
    """A track's places in metres. If the file also has a route, only the track is read."""
    found = ElementTree.parse(file).getroot()
    points = [
        (float(each.attrib["lat"]), float(each.attrib["lon"])) for each in found.iter() if each.tag.endswith("trkpt")
    ]
    lat, lng = points[0]
    east_m = NORTH_M * math.cos(math.radians(lat))
    return [((to_lng - lng) * east_m, (to_lat - lat) * NORTH_M) for to_lat, to_lng in points]


def resampled(way: Sequence[tuple[float, float]], step_m: float) -> list[tuple[float, float]]:
    """The path with a fix every `step` metres, and its end."""
    fixes, left_m = [way[0]], step_m
    for (ax, ay), (bx, by) in pairwise(way):
        piece_m, done_m = math.dist((ax, ay), (bx, by)), 0.0
        while piece_m - done_m >= left_m:
            done_m += left_m
            fixes.append((ax + (bx - ax) * done_m / piece_m, ay + (by - ay) * done_m / piece_m))
            left_m = step_m
        left_m -= piece_m - done_m
    return [*fixes, way[-1]]


def test_the_line_of_a_way_is_made_of_its_turns() -> None:
    north = [(0.0, 40.0 * step) for step in range(26)]
    line = driven_way(at(north + [(40.0 * step, 1_000.0) for step in range(1, 26)])).line

    assert len(line) == 3
    assert distance_m(line[1], Point(lat=37.77 + 1_000 / NORTH_M, lng=-122.42)) < 2
