import pytest

from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.forward import Forward
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from tests.market_data import SAN_FRANCISCO

ECONOMY = ServingClasses(("economy",))

LAT, LNG = 37.7749, -122.4194
DEGREE_M = 111_195.0


def request(
    trip: str, north_m: float = 0, *, live: int = 0, excluded: str = "", trip_s: float = 300
) -> OpenRequest[str, str]:
    asked = frozenset({excluded} - {""})
    return OpenRequest(trip, LAT + north_m / DEGREE_M, LNG, ECONOMY, 0, asked, 1, trip_s, live_offers=live)


def driver(name: str, north_m: float, *, free_in_s: float = 0, vehicle_class: str = "economy") -> FreeDriver[str]:
    return FreeDriver(name, LAT + north_m / DEGREE_M, LNG, vehicle_class, free_in_s=free_in_s)


def decided(
    requests: list[OpenRequest[str, str]],
    *,
    free: list[FreeDriver[str]],
    finishing: list[FreeDriver[str]],
    policy: Policy | None = None,
    on_trips: int = 200,
) -> dict[str, str]:
    world = World(0.0, requests, free, on_trips, finishing=finishing)
    proposals = Forward.of(SAN_FRANCISCO, policy or JointAssignment.of(SAN_FRANCISCO), within_s=60).decide(world)
    for proposal in proposals:
        assert (proposal.free_in_s is not None) == (proposal.driver_id in {each.driver_id for each in finishing})
    return {proposal.trip_id: proposal.driver_id for proposal in proposals}


SOON = driver("soon", 100, free_in_s=50)


@pytest.mark.parametrize(
    "policy", [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)], ids=["joint", "broadcast"]
)
def test_a_free_driver_comes_before_one_who_is_still_on_a_trip(policy: Policy) -> None:
    assert decided([request("trip")], free=[driver("free", 500)], finishing=[SOON], policy=policy) == {"trip": "free"}
    assert decided([request("trip")], free=[], finishing=[SOON], policy=policy) == {"trip": "soon"}


def test_a_finishing_driver_is_better_than_a_free_one_whose_pickup_would_be_held() -> None:
    far = driver("far", 1_500)

    assert decided([request("trip")], free=[far], finishing=[]) == {}
    assert decided([request("trip")], free=[far], finishing=[SOON]) == {"trip": "soon"}


@pytest.mark.parametrize(
    "finishing",
    [
        driver("later", 100, free_in_s=61),
        driver("too far from there", 260, free_in_s=5),
        driver("other class", 100, free_in_s=5, vehicle_class="xl"),
        driver("asked before", 100, free_in_s=5),
    ],
    ids=lambda each: each.driver_id,
)
def test_who_does_not_suit_is_not_asked_for_after_their_trip(finishing: FreeDriver[str]) -> None:
    assert decided([request("trip", excluded="asked before")], free=[], finishing=[finishing]) == {}


def test_a_trip_with_a_live_offer_waits_for_its_answer_and_a_long_one_for_a_free_driver() -> None:
    assert decided([request("trip", live=1)], free=[], finishing=[SOON]) == {}
    assert decided([request("trip", trip_s=501)], free=[], finishing=[SOON]) == {}


def test_finishing_drivers_are_shared_out_among_all_who_were_left() -> None:
    requests = [request("first", 0), request("second", 300)]
    finishing = [driver("between", 150, free_in_s=10), driver("beyond", -150, free_in_s=10)]

    assert decided(requests, free=[], finishing=finishing) == {"first": "beyond", "second": "between"}
