"""Destination mode: the table of `rideflow.matching.eligibility`."""

import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import PLAIN, Heading, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.eligibility import is_eligible
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, World
from tests.market_data import SAN_FRANCISCO
from tests.unit.matching.test_policies import DEGREE_M, LAT, LNG

ECONOMY = ServingClasses(("economy",))

IN_TIME = 3_600.0


def place(north_m: float, east_m: float = 0.0) -> tuple[float, float]:
    return LAT + north_m / DEGREE_M, LNG + east_m / (DEGREE_M * 0.79)


def heading_north(metres: float = 10_000, until_s: float = IN_TIME) -> Traits:
    lat, lng = place(metres)
    return Traits(heading=Heading(Point(lat=lat, lng=lng), until_s))


def trip(pickup: tuple[float, float], dropoff: tuple[float, float] | None, *, trip_s: float = 600):  # type: ignore[no-untyped-def]
    return OpenRequest("trip", *pickup, ECONOMY, 0.0, trip_s=trip_s, dropoff=dropoff)


@pytest.mark.parametrize(
    ("pickup", "dropoff", "traits", "leads_there"),
    [
        (place(500), place(9_000), heading_north(), True),
        (place(500), place(2_600), heading_north(), True),
        (place(500), place(2_400), heading_north(), False),
        (place(500), place(-5_000), heading_north(), False),
        (place(-4_000), place(9_000), heading_north(), False),
        (place(500), place(8_000, 7_000), heading_north(), False),
        (place(500), None, heading_north(), False),
        (place(500), place(-5_000), PLAIN, True),
        (place(500), place(-5_000), heading_north(until_s=0.0), True),
        (place(500), place(-5_000), heading_north(499.0), True),
        (place(500), place(9_000), heading_north(until_s=700.0), False),
    ],
)
def test_a_trip_leads_a_driver_where_they_are_heading_or_is_not_theirs(
    pickup: tuple[float, float], dropoff: tuple[float, float] | None, traits: Traits, leads_there: bool
) -> None:
    driver = FreeDriver("driver", LAT, LNG, "economy", traits=traits)

    assert (
        is_eligible(driver, trip(pickup, dropoff), now_s=0.0, travel_times=SAN_FRANCISCO.travel.to_pickups)
        == leads_there
    )


@pytest.mark.parametrize("policy", [JointAssignment.of(SAN_FRANCISCO), Broadcast.of(SAN_FRANCISCO)])
def test_who_is_heading_elsewhere_hides_nobody_who_takes_whatever_comes(policy: JointAssignment | Broadcast) -> None:
    homewards = [
        FreeDriver(f"near {number}", *place(number), "economy", traits=heading_north(-9_000)) for number in range(50)
    ]
    world = World(0.0, [trip(place(0), place(5_000))], [*homewards, FreeDriver("far", *place(1_900), "economy")])

    assert [proposal.driver_id for proposal in policy.decide(world)] == ["far"]
