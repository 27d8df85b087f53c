from collections import Counter

import pytest

from rideflow.kernel.cells import COLUMNS_PER_DEGREE, ROWS_PER_DEGREE, Cell, area_km2, cell_at
from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.opportunity_cost import OpportunityCost
from rideflow.matching.policies import JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, World
from tests.market_data import SAN_FRANCISCO

ECONOMY = ServingClasses(("economy",))

LAT, LNG = 37.7749, -122.4194
DEGREE_M = 111_195.0
HERE = cell_at(LAT, LNG)


def counts(number: int, cell: Cell = HERE, vehicle_class: str = "economy") -> Counter[tuple[str, Cell]]:
    return Counter({(vehicle_class, cell): number})


def here(requests: int, free: int = 0) -> float:
    return OpportunityCost.of(counts(requests), counts(free)).at("economy", LAT, LNG)


def north(metres: float) -> tuple[float, float]:
    return LAT + metres / DEGREE_M, LNG


def asked(cost: OpportunityCost, *drivers_m: float) -> int:
    """Which of the drivers so far to the north is asked by a rider at the corner."""
    world = World(
        0.0,
        [OpenRequest("trip", LAT, LNG, ECONOMY, 0.0)],
        [FreeDriver(index, *north(metres), "economy") for index, metres in enumerate(drivers_m)],
        opportunity_cost=cost,
    )
    (proposal,) = JointAssignment.of(SAN_FRANCISCO).decide(world)
    return proposal.driver_id


def test_a_cell_is_a_few_streets_high_and_wide() -> None:
    column, row = HERE
    corner = Point(lat=LAT, lng=LNG)
    next_row, next_column = (
        Point(lat=LAT + 1 / ROWS_PER_DEGREE, lng=LNG),
        Point(lat=LAT, lng=LNG + 1 / COLUMNS_PER_DEGREE),
    )

    assert cell_at(next_row.lat, next_row.lng) == (column, row + 1)
    assert cell_at(next_column.lat, next_column.lng) == (column + 1, row)
    height_m, width_m = distance_m(corner, next_row), distance_m(corner, next_column)
    assert height_m == pytest.approx(289, abs=1)
    assert width_m == pytest.approx(483, abs=1)
    assert area_km2(HERE) == pytest.approx(height_m * width_m / 1e6, rel=0.001)


def test_where_nobody_asked_lately_all_places_are_alike_whoever_stands_there() -> None:
    assert here(0, free=50) == 0
    assert asked(OpportunityCost.of({}, counts(50)), 900, 100) == 1
    assert asked(OpportunityCost(), 900, 100) == 1


def test_a_place_is_worth_more_with_each_request_and_less_with_each_driver() -> None:
    by_requests = [here(number) for number in (0, 1, 10, 100)]
    by_drivers = [here(100, free=number) for number in (0, 1, 10, 100)]

    assert by_requests == sorted(set(by_requests))
    assert by_drivers == sorted(set(by_drivers), reverse=True)
    assert by_drivers[-1] > 0


def test_a_place_gains_by_the_requests_around_it_and_not_by_those_further_off() -> None:
    column, row = HERE
    beside = OpportunityCost.of(counts(100, (column + 1, row - 2)), {})
    beyond = OpportunityCost.of(counts(100, (column + 2, row)), {})

    assert beside.at("economy", LAT, LNG) == here(100)
    assert beyond.at("economy", LAT, LNG) == 0


def test_other_classes_have_their_own_riders_and_drivers() -> None:
    cost = OpportunityCost.of(counts(100) + counts(10, vehicle_class="xl"), counts(30, vehicle_class="xl"))

    assert cost.at("economy", LAT, LNG) == here(100)
    assert cost.at("xl", LAT, LNG) == here(10, free=30)
    assert cost.at("comfort", LAT, LNG) == 0


def test_a_driver_is_spared_where_riders_ask_for_one_not_much_further_who_would_not_be_missed() -> None:
    busy = OpportunityCost.of(counts(100, cell_at(*north(-400))), {})

    assert asked(OpportunityCost(), -400, 1_300) == 0
    assert asked(busy, -400, 1_300) == 1


def test_a_few_riders_an_hour_are_no_reason_to_let_one_wait_for_a_car_from_afar() -> None:
    """So it is in a small town, where the driver who is spared would be needed in half an hour."""
    cost = OpportunityCost.of(counts(3, cell_at(*north(-400))), {})

    assert asked(cost, -400, 1_300) == 0
