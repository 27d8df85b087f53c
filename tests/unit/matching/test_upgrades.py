"""A product may be served by several vehicle classes, and by others whose drivers take upgrades."""

from dataclasses import replace

import pytest

from rideflow.kernel.ride_requirements import PLAIN, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.eligibility import is_eligible
from rideflow.matching.forward import Forward
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from tests.market_data import SAN_FRANCISCO
from tests.unit.matching.test_policies import DEGREE_M, LAT, LNG

CLASSES = ServingClasses(("sedan", "taxi"), ("luxury",))
UPGRADES = Traits(takes_upgrades=True)
POLICIES: list[Policy] = [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)]


def request(trip: str = "trip", **more: object) -> OpenRequest[str, str]:
    return OpenRequest(trip, LAT, LNG, CLASSES, 0.0, **more)  # type: ignore[arg-type]


def driver(name: str, north_m: float, vehicle_class: str, traits: Traits = PLAIN) -> FreeDriver[str]:
    return FreeDriver(name, LAT + north_m / DEGREE_M, LNG, vehicle_class, traits=traits)


def decided(policy: Policy, drivers: list[FreeDriver[str]], asking: OpenRequest[str, str] | None = None) -> list[str]:
    return [each.driver_id for each in policy.decide(World(0.0, [asking or request()], drivers))]


@pytest.mark.parametrize(
    ("vehicle_class", "traits", "eligible"),
    [
        ("sedan", PLAIN, True),
        ("taxi", PLAIN, True),
        ("luxury", PLAIN, False),
        ("luxury", UPGRADES, True),
        ("van", PLAIN, False),
        ("van", UPGRADES, False),
    ],
)
def test_a_class_serves_its_product_and_an_upgrade_s_only_if_the_driver_wishes(
    vehicle_class: str, traits: Traits, eligible: bool
) -> None:
    to_pickups = SAN_FRANCISCO.travel.to_pickups
    assert is_eligible(driver("d", 100, vehicle_class, traits), request(), 0.0, to_pickups) is eligible


@pytest.mark.parametrize("policy", POLICIES)
def test_the_nearest_of_all_classes_that_may_serve_is_asked(policy: Policy) -> None:
    drivers = [
        driver("far sedan", 900, "sedan"),
        driver("unwilling", 100, "luxury"),
        driver("van", 50, "van", UPGRADES),
        driver("willing", 400, "luxury", UPGRADES),
        driver("taxi", 600, "taxi"),
    ]

    assert decided(policy, drivers) == ["willing"]
    assert decided(policy, drivers[:3]) == ["far sedan"]
    assert decided(policy, drivers[:3] + drivers[4:]) == ["taxi"]


@pytest.mark.parametrize("policy", [*POLICIES, Forward.of(SAN_FRANCISCO, POLICIES[0], 60)])
@pytest.mark.parametrize("turned", [False, True])
def test_at_equal_cost_the_product_s_own_class_is_asked(policy: Policy, turned: bool) -> None:
    drivers = [driver("upgrade", 100, "luxury", UPGRADES), driver("own", 100, "taxi")]
    drivers = drivers[::-1] if turned else drivers

    assert decided(policy, drivers) == ["own"]
    finishing = World(0.0, [request()], [], finishing=[replace(each, free_in_s=10.0) for each in drivers])
    if isinstance(policy, Forward):
        assert [each.driver_id for each in policy.decide(finishing)] == ["own"]


@pytest.mark.parametrize("policy", POLICIES)
def test_an_upgrade_meets_what_the_ride_requires(policy: Policy) -> None:
    ramp = request(requirements=RideRequirements(wheelchair_accessible=True))
    drivers = [
        driver("no ramp", 100, "luxury", UPGRADES),
        driver("no wish", 200, "luxury", Traits(wheelchair_accessible=True)),
        driver("both", 700, "luxury", Traits(wheelchair_accessible=True, takes_upgrades=True)),
    ]

    assert decided(policy, drivers, ramp) == ["both"]


@pytest.mark.parametrize("policy", POLICIES)
def test_an_airport_s_queue_asks_the_product_s_own_class_before_upgrades(policy: Policy) -> None:
    queue = [
        driver("unwilling", 0, "luxury"),
        driver("upgrade", 0, "luxury", UPGRADES),
        driver("own", 0, "sedan"),
        driver("own, later", 0, "sedan"),
    ]

    def asked(drivers: list[FreeDriver[str]]) -> list[str]:
        world = World(0.0, [request(queue="airport")], [], queues={"airport": drivers})
        return [each.driver_id for each in policy.decide(world)]

    assert asked(queue) == ["own"]
    assert asked(queue[:2]) == ["upgrade"]
    assert asked(queue[:1]) == []
