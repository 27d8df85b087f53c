"""When a match is made and when it is held. At 25 km/h by streets, 1 km of the straight line takes 178.6 s."""

import math
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.deferral import Deferral
from rideflow.matching.policies import JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, World
from tests.market_data import SAN_FRANCISCO

ECONOMY = ServingClasses(("economy",))

LAT, LNG = 37.7749, -122.4194
DEGREE_M = 111_195.0
HUNDRED_METRES_S = 17.856
BUSY = 200

waited = st.floats(0, 300)
on_trips = st.integers(0, 20_000)


def asked(
    requests_m: Mapping[str, float],
    drivers_m: Mapping[str, float],
    *,
    waited_s: float = 0,
    drivers_on_trips: int = BUSY,
) -> set[tuple[str, str]]:
    """The driver who is asked for each rider, along one street that goes north."""
    requests: list[OpenRequest[str, str]] = [
        OpenRequest(name, LAT + north_m / DEGREE_M, LNG, ECONOMY, 0) for name, north_m in requests_m.items()
    ]
    drivers = [FreeDriver(name, LAT + north_m / DEGREE_M, LNG, "economy") for name, north_m in drivers_m.items()]
    proposals = JointAssignment.of(SAN_FRANCISCO).decide(World(waited_s, requests, drivers, drivers_on_trips))
    return {(proposal.trip_id, proposal.driver_id) for proposal in proposals}


def test_a_near_driver_is_asked_at_once_and_a_far_one_is_held() -> None:
    assert asked({"rider": 0}, {"near": 780}) == {("rider", "near")}
    assert asked({"rider": 0}, {"far": 790}) == set()


def test_the_longer_the_rider_waits_the_further_is_far() -> None:
    pickup_s = 15 * HUNDRED_METRES_S
    held_s = (pickup_s - 140) / 4

    assert asked({"rider": 0}, {"far": 1_500}, waited_s=held_s - 1) == set()
    assert asked({"rider": 0}, {"far": 1_500}, waited_s=held_s + 1) == {("rider", "far")}


def test_nothing_is_held_where_nobody_is_on_a_trip() -> None:
    assert asked({"rider": 0}, {"far": 1_990}, drivers_on_trips=0) == {("rider", "far")}


def test_the_more_drivers_are_about_to_be_free_the_less_far_is_far() -> None:
    assert asked({"rider": 0}, {"driver": 780}, drivers_on_trips=4 * BUSY) == set()
    assert asked({"rider": 0}, {"driver": 1_560}, drivers_on_trips=BUSY // 4) == {("rider", "driver")}


def test_one_good_match_is_made_rather_than_two_middling_ones_and_the_other_rider_is_held() -> None:
    """In total both ways are as long: 100 m and 1,500 m, or 800 m twice."""
    riders, drivers = {"first": 0, "second": 700}, {"between": 800, "behind": -800}

    assert asked(riders, drivers) == {("second", "between")}


def test_a_held_driver_serves_the_next_rider_who_is_near() -> None:
    assert asked({"first": 0}, {"driver": 900}) == set()
    assert asked({"first": 0, "second": 850}, {"driver": 900}) == {("second", "driver")}


def test_who_is_left_out_of_two_riders_with_one_driver_has_the_longer_trip() -> None:
    driver = FreeDriver("driver", LAT, LNG, "economy")

    def served(*trips_s: float) -> list[str]:
        requests: list[OpenRequest[str, str]] = [
            OpenRequest(name, LAT + north_m / DEGREE_M, LNG, ECONOMY, 0, trip_s=trip_s)
            for name, north_m, trip_s in zip(("near", "far"), (100, 150), trips_s, strict=True)
        ]
        return [
            proposal.trip_id
            for proposal in JointAssignment.of(SAN_FRANCISCO).decide(World(0, requests, [driver], BUSY))
        ]

    assert served(600, 600) == ["near"]
    assert served(1_800, 600) == ["far"]


def test_the_length_of_the_trips_decides_nothing_where_there_are_drivers_for_all() -> None:
    drivers = [FreeDriver(name, LAT + m / DEGREE_M, LNG, "economy") for name, m in (("one", 100), ("two", 700))]
    requests: list[OpenRequest[str, str]] = [
        OpenRequest("long", LAT, LNG, ECONOMY, 0, trip_s=3_600),
        OpenRequest("short", LAT + 600 / DEGREE_M, LNG, ECONOMY, 0, trip_s=60),
    ]

    proposals = JointAssignment.of(SAN_FRANCISCO).decide(World(0, requests, drivers, BUSY))

    assert {(proposal.trip_id, proposal.driver_id) for proposal in proposals} == {("long", "one"), ("short", "two")}


@given(waited, waited, on_trips)
def test_waiting_never_makes_the_rider_choosier(a_s: float, b_s: float, drivers_on_trips: int) -> None:
    shorter, longer = sorted((a_s, b_s))
    limit_s = Deferral.of(SAN_FRANCISCO).longest_pickup_s

    assert limit_s(shorter, drivers_on_trips) <= limit_s(longer, drivers_on_trips)


@given(waited, on_trips, on_trips)
def test_a_busier_zone_is_never_less_choosy(waited_s: float, a: int, b: int) -> None:
    fewer, more = sorted((a, b))

    assert Deferral.of(SAN_FRANCISCO).longest_pickup_s(waited_s, more) <= Deferral.of(SAN_FRANCISCO).longest_pickup_s(
        waited_s, fewer
    )


def test_the_limit_is_that_of_a_city_with_two_hundred_drivers_on_trips() -> None:
    limit_s = Deferral(at_once_s=100, per_waited_s=5).longest_pickup_s

    assert math.isclose(limit_s(10, BUSY), 150)
    assert math.isclose(limit_s(10, 4 * BUSY), 75)
    assert limit_s(10, 0) == math.inf
