"""Airports' queues as a policy decides on them."""

from dataclasses import replace

import pytest

from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from tests.market_data import SAN_FRANCISCO

ECONOMY = ServingClasses(("economy",))

LAT, LNG = 37.6155, -122.3885
DEGREE_M = 111_195.0


def request(trip: str, *, at_s: float = 0, queue: str | None = "sfo", **more: object) -> OpenRequest[str, str]:
    return OpenRequest(trip, LAT, LNG, ECONOMY, at_s, queue=queue, **more)  # type: ignore[arg-type]


def driver(name: str, north_m: float, vehicle_class: str = "economy") -> FreeDriver[str]:
    return FreeDriver(name, LAT + north_m / DEGREE_M, LNG, vehicle_class)


def decided(
    requests: list[OpenRequest[str, str]],
    queue: list[FreeDriver[str]],
    around: list[FreeDriver[str]],
    policy: Policy | None = None,
) -> list[tuple[str, str]]:
    world = World(0.0, requests, around, queues={"sfo": queue})
    return [(each.trip_id, each.driver_id) for each in (policy or JointAssignment.of(SAN_FRANCISCO)).decide(world)]


QUEUE = [driver("first", 3_000), driver("second", 2_000), driver("third", 1_000)]
AROUND = [driver("around", 100), driver("beyond", 900)]


@pytest.mark.parametrize("policy", [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)])
def test_the_head_is_asked_beyond_every_circle_and_others_by_the_policy(policy: Policy) -> None:
    requests = [request("elsewhere", queue=None), request("airport")]

    assert decided(requests, QUEUE, AROUND, policy) == [("airport", "first"), ("elsewhere", "around")]


def test_the_longest_waiting_rider_gets_the_head() -> None:
    requests = [request("later", at_s=-1), request("earlier", at_s=-9)]

    assert decided(requests, QUEUE, []) == [("earlier", "first"), ("later", "second")]


def test_whoever_does_not_suit_is_passed_over_and_keeps_the_place() -> None:
    queue = [driver("large", 100, "xl"), *QUEUE]

    assert decided([request("trip", excluded=frozenset({"first"}))], queue, AROUND) == [("trip", "second")]
    assert decided([request("trip"), request("other", at_s=1)], queue[:2], AROUND) == [
        ("trip", "first"),
        ("other", "around"),
    ]


def test_a_request_is_offered_to_one_of_the_queue_at_a_time() -> None:
    assert decided([request("trip", live_offers=1, offers_wanted=2)], QUEUE, AROUND, Broadcast.of(SAN_FRANCISCO)) == []
    assert decided([request("trip", offers_wanted=3)], QUEUE, AROUND, Broadcast.of(SAN_FRANCISCO)) == [
        ("trip", "first")
    ]
    assert decided([request("trip", offers_wanted=0)], QUEUE, AROUND) == []


def test_a_driver_of_the_queue_who_is_free_for_others_too_is_asked_once() -> None:
    shared = QUEUE[0]
    requests = [request("airport"), replace(request("beside", queue=None), lat=shared.lat)]

    assert decided(requests, [shared], [shared]) == [("airport", "first")]


def test_without_queues_the_world_is_left_as_it_is() -> None:
    assert decided([request("trip")], [], AROUND) == [("trip", "around")]
