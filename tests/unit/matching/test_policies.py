import math
import random
import time
from dataclasses import replace

import pytest

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.ride_requirements import PLAIN, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.search import Neighbourhood, Plane, SearchRadius
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from tests.machine import million_steps_s
from tests.market_data import SAN_FRANCISCO

ECONOMY = ServingClasses(("economy",))

LAT, LNG = 37.7749, -122.4194
DEGREE_M = 111_195.0


def request(
    trip: str, north_m: float = 0, *, at_s: float = 0, wanted: int = 1, **more: object
) -> OpenRequest[str, str]:
    return OpenRequest(trip, LAT + north_m / DEGREE_M, LNG, ECONOMY, at_s, offers_wanted=wanted, **more)  # type: ignore[arg-type]


def driver(
    name: str, north_m: float, vehicle_class: str = "economy", traits: Traits = PLAIN, since_s: float = 0.0
) -> FreeDriver[str]:
    return FreeDriver(name, LAT + north_m / DEGREE_M, LNG, vehicle_class, since_s, traits)


def decided(
    policy: Policy, requests: list[OpenRequest[str, str]], drivers: list[FreeDriver[str]], now_s: float = 0.0
) -> set[tuple[str, str]]:
    proposals = policy.decide(World(now_s, requests, drivers))
    return {(proposal.trip_id, proposal.driver_id) for proposal in proposals}


def test_the_total_counts_not_the_first_in_line() -> None:
    requests = [request("first", 0), request("second", 1_000)]
    drivers = [driver("between", 500), driver("beyond", -700)]

    assert decided(JointAssignment.of(SAN_FRANCISCO), requests, drivers) == {("first", "beyond"), ("second", "between")}


def test_a_far_pickup_is_better_than_a_rider_left_out() -> None:
    requests = [request("near"), request("far", 1_900)]
    drivers = [driver("shared", 100), driver("other", -1_900)]

    assert decided(JointAssignment.of(SAN_FRANCISCO), requests, drivers) == {("near", "other"), ("far", "shared")}


def test_who_finds_all_of_their_nearest_taken_looks_among_those_left() -> None:
    requests = [request("one"), request("two", 10), request("three", 20)]
    drivers = [driver("near", 100), driver("far", 900), driver("furthest", -1_500)]

    found = decided(replace(JointAssignment.of(SAN_FRANCISCO), candidates=1, most_candidates=1), requests, drivers)

    assert {trip for trip, _ in found} == {"one", "two", "three"}
    assert {name for _, name in found} == {"near", "far", "furthest"}


def test_other_classes_and_excluded_drivers_are_not_asked() -> None:
    drivers = [driver("xl", 10, "xl"), driver("declined", 20), driver("free", 900)]

    assert decided(JointAssignment.of(SAN_FRANCISCO), [request("trip", excluded=frozenset({"declined"}))], drivers) == {
        ("trip", "free")
    }


@pytest.mark.parametrize("policy", [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)])
@pytest.mark.parametrize(
    ("requirements", "suitable"),
    [
        (RideRequirements(wheelchair_accessible=True), Traits(wheelchair_accessible=True)),
        (RideRequirements(min_driver_rating=4.8), Traits(rating=4.8)),
        (RideRequirements(payment="prepaid"), PLAIN),
    ],
)
def test_a_thousand_nearer_drivers_who_do_not_suit_hide_nobody_who_does(
    policy: Policy, requirements: RideRequirements, suitable: Traits
) -> None:
    unsuitable = Traits(rating=4.7, refuses=("prepaid",))
    drivers = [driver(f"near {number}", 1 + number, traits=unsuitable) for number in range(1_000)]
    drivers += [driver("far", 1_900, traits=suitable), driver("farther", 1_950, traits=suitable)]

    assert decided(policy, [request("trip", requirements=requirements)], drivers) == {("trip", "far")}


def test_those_whom_nobody_got_are_asked_only_where_they_suit() -> None:
    takes_wheelchairs = Traits(wheelchair_accessible=True)
    requests = [
        request(name, requirements=RideRequirements(wheelchair_accessible=True)) for name in ("one", "two", "three")
    ]
    drivers = [driver("near", 100, traits=takes_wheelchairs), driver("far", 900, traits=takes_wheelchairs)]

    found = decided(
        replace(JointAssignment.of(SAN_FRANCISCO), candidates=1, most_candidates=1),
        requests,
        [*drivers, driver("left", 200)],
    )

    assert {name for _, name in found} == {"near", "far"}


@pytest.mark.parametrize(("waiting_s", "north_m", "is_asked"), [
    (0, 1_990, True), (0, 2_010, False), (4, 4_990, True), (4, 5_010, False), (10, 9_990, True), (600, 10_010, False),
])  # fmt: skip
def test_the_circle_grows_with_the_waiting(waiting_s: float, north_m: float, is_asked: bool) -> None:
    found = decided(JointAssignment.of(SAN_FRANCISCO), [request("trip")], [driver("far", north_m)], now_s=waiting_s)

    assert bool(found) == is_asked


def test_who_wants_no_more_offers_is_left_alone() -> None:
    for policy in (JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)):
        assert decided(policy, [request("trip", wanted=0)], [driver("free", 10)]) == set()


def test_broadcast_asks_the_nearest_and_the_longest_waiting_rider_chooses_first() -> None:
    requests = [request("late", 0, at_s=5, wanted=2), request("early", 0, at_s=0, wanted=2)]
    drivers = [driver(f"d{number}", 100.0 * number) for number in (1, 2, 3)]

    asked = decided(Broadcast.of(SAN_FRANCISCO), requests, drivers, now_s=6)

    assert asked == {("early", "d1"), ("early", "d2"), ("late", "d3")}


@pytest.mark.parametrize("policy", [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)])
@pytest.mark.parametrize(("further_m", "is_asked"), [(0, True), (20, True), (40, False), (100, False)])
def test_who_has_waited_longer_is_asked_where_it_costs_the_rider_seconds_at_most(
    policy: Policy, further_m: float, is_asked: bool
) -> None:
    """20 m take 3.6 s, 40 m 7.1 s; an hour is 5.8 s ahead of a minute and a half."""
    waited_long = driver("long", 500 + further_m, since_s=-3_600)
    just_free = driver("just free", 500, since_s=-96)

    found = decided(policy, [request("trip")], [just_free, waited_long])

    assert found == {("trip", "long" if is_asked else "just free")}


def test_an_empty_world_asks_nobody() -> None:
    for policy in (JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)):
        assert decided(policy, [], [driver("free", 10)]) == set()
        assert decided(policy, [request("trip")], []) == set()


def test_the_neighbourhood_finds_what_looking_at_everybody_finds() -> None:
    draw = random.Random(3)
    drivers = [
        FreeDriver(n, LAT + draw.uniform(-0.1, 0.1), LNG + draw.uniform(-0.1, 0.1), "economy") for n in range(400)
    ]
    plane = Plane(LAT)
    neighbourhood = Neighbourhood(drivers, plane, SAN_FRANCISCO.travel.to_pickups)
    for _ in range(100):
        asking: OpenRequest[str, int] = OpenRequest(
            "t", LAT + draw.uniform(-0.12, 0.12), LNG + draw.uniform(-0.12, 0.12), ECONOMY, 0.0
        )
        radius, at_most = draw.choice([100.0, 2_000.0, 9_000.0]), draw.choice([1, 5, 60])

        east, north = plane.metres(asking.lat, asking.lng)
        every = sorted(
            (math.dist((east, north), plane.metres(each.lat, each.lng)), index) for index, each in enumerate(drivers)
        )
        expected = [entry for entry in every if entry[0] <= radius][:at_most]
        found = neighbourhood.nearest(asking, radius, at_most)
        assert [index for _, index in found] == [index for _, index in expected]
        assert [metres for metres, _ in found] == pytest.approx([metres for metres, _ in expected])


def test_the_last_ring_of_the_search_is_looked_at_too() -> None:
    plane = Plane(LAT)
    north_m = plane.metres_per_degree()[1]
    cell = math.floor(LAT * north_m / 500.0)
    asking: OpenRequest[str, int] = OpenRequest("t", (cell * 500.0 + 499.0) / north_m, LNG, ECONOMY, 0.0)
    drivers = [FreeDriver(n, asking.lat + (2_099.0 + 10 * (n > 0)) / north_m, LNG, "economy") for n in range(9)]

    found = Neighbourhood(drivers, plane, SAN_FRANCISCO.travel.to_pickups).nearest(asking, 2_100.0, 1)

    assert [index for _, index in found] == [0]


def test_the_plane_is_true_to_half_a_percent_within_a_city() -> None:
    plane = Plane(37.7)
    a, b = Point(lat=37.55, lng=-122.3), Point(lat=37.85, lng=-122.5)

    metres = math.dist(plane.metres(a.lat, a.lng), plane.metres(b.lat, b.lng))

    assert metres == pytest.approx(distance_m(a, b), rel=0.005)


def test_the_search_radius_never_shrinks() -> None:
    radius = SearchRadius.of(SAN_FRANCISCO)

    assert [radius.at(seconds) for seconds in (-1, 0, 3.9, 4, 9.9, 10, 300)] == [
        2_000, 2_000, 2_000, 5_000, 5_000, 10_000, 10_000,
    ]  # fmt: skip


def test_the_same_world_gives_the_same_answer_in_reasonable_time() -> None:
    draw = random.Random(11)

    def place() -> tuple[float, float]:
        return LAT + draw.uniform(-0.05, 0.05), LNG + draw.uniform(-0.05, 0.05)

    requests: list[OpenRequest[int, int]] = [OpenRequest(number, *place(), ECONOMY, 0.0) for number in range(1_000)]
    drivers = [FreeDriver(number, *place(), "economy") for number in range(2_000)]
    began = time.process_time()

    first = JointAssignment.of(SAN_FRANCISCO).decide(World(0.0, requests, drivers))

    assert time.process_time() - began < 60 * million_steps_s()
    assert len(first) == 1_000
    assert first == JointAssignment.of(SAN_FRANCISCO).decide(World(0.0, requests, drivers))


@pytest.mark.parametrize(("requests", "drivers"), [(1, 48), (25, 48), (50, 24), (100, 12), (1_000, 12)])
def test_the_fewer_riders_wait_the_more_drivers_are_weighed_for_each(requests: int, drivers: int) -> None:
    assert JointAssignment.of(SAN_FRANCISCO).drivers_each(requests) == drivers
