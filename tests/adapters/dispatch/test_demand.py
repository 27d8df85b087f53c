"""Demand snapshots: PostgreSQL's requests and Redis's free drivers, counted by real stores."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.cells import cell_at
from rideflow.kernel.geo import Point
from rideflow.matching.opportunity_cost import DEMAND_WINDOW, SNAPSHOT_MAX_AGE
from tests.adapters.dispatch.places import (
    BORDER,
    NORTH,
    SOUTH,
    break_keys,
    driver_standing,
    off,
    restore_keys,
    rider_waits_in,
)
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import CORNER


def cell(place: Point) -> tuple[int, int]:
    return cell_at(place.lat, place.lng)


def worth_at(zone: Zone, place: Point) -> float:
    return zone.here.demand.opportunity_cost(zone.street.markets.zone(NORTH), zone.street.now).at(
        "economy", place.lat, place.lng
    )


def many_asked(zone: Zone, place: Point, riders: int = 40) -> list[UUID]:
    return [rider_waits_in(zone, NORTH, place) for _ in range(riders)]


@pytest.mark.parametrize("seed", range(3))
def test_redis_and_postgresql_count_in_the_cells_of_the_matcher(zone: Zone, seed: int) -> None:
    draw = random.Random(seed)
    places = [Point(lat=draw.uniform(37.6, 37.9), lng=draw.uniform(-122.5, -122.3)) for _ in range(30)]
    classes = [draw.choice(["economy", "comfort", "xl"]) for _ in places]
    for place, vehicle_class in zip(places, classes, strict=True):
        driver_standing(zone.street, place, vehicle_class=vehicle_class)
        rider_waits_in(zone, NORTH, place, product=vehicle_class)
    expected = Counter((name, cell(place)) for name, place in zip(classes, places, strict=True))

    assert zone.street.index.search.free_by_cell(NORTH) == expected
    assert zone.here.offers.recent_requests([NORTH], zone.street.now - DEMAND_WINDOW) == expected


def test_requests_count_for_an_hour_whatever_became_of_them(zone: Zone) -> None:
    trip, _ = many_asked(zone, CORNER, 2)
    zone.here.requests.trip_ended(trip, "cancelled")
    zone.street.passes(DEMAND_WINDOW.total_seconds())
    many_asked(zone, off(CORNER, 5_000), 1)

    def counted() -> int:
        return sum(zone.here.offers.recent_requests([NORTH], zone.street.now - DEMAND_WINDOW).values())

    zone.street.passes(-1)
    assert counted() == 3
    zone.street.passes(1)
    assert counted() == 1


def test_who_is_asked_already_is_not_counted_as_free(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    zone.street.driver_at(5_000)
    zone.rider_waits()
    zone.tick()

    assert zone.offered(driver) != []
    assert zone.street.index.search.free_by_cell(NORTH) == {("economy", cell(off(CORNER, 5_000))): 1}


def test_a_tick_spares_the_driver_who_stands_where_riders_ask(zone: Zone) -> None:
    near, further = zone.street.driver_at(-400), zone.street.driver_at(1_300)
    for busy in many_asked(zone, off(CORNER, -400)):
        zone.here.requests.trip_ended(busy, "cancelled")
    trip = zone.rider_waits()

    zone.tick()

    assert (zone.offered(near), zone.offered(further)) == ([], [trip])


def test_it_is_counted_anew_after_a_minute(zone: Zone) -> None:
    assert worth_at(zone, CORNER) == 0
    many_asked(zone, CORNER)

    zone.street.passes(SNAPSHOT_MAX_AGE.total_seconds() - 1)
    assert worth_at(zone, CORNER) == 0
    zone.street.passes(1)
    assert worth_at(zone, CORNER) > 0


def test_both_sides_of_a_border_are_counted(zone: Zone) -> None:
    over = off(BORDER, -300)
    for _ in range(40):
        rider_waits_in(zone, SOUTH, over)
    alone = worth_at(zone, over)
    for _ in range(5):
        driver_standing(zone.street, over)

    zone.street.passes(SNAPSHOT_MAX_AGE.total_seconds())

    assert 0 < worth_at(zone, over) < alone


def test_a_zone_that_does_not_answer_is_left_out(zone: Zone) -> None:
    many_asked(zone, CORNER)
    break_keys(zone, SOUTH)
    without = worth_at(zone, CORNER)
    restore_keys(zone, SOUTH)

    zone.street.passes(timedelta(minutes=2).total_seconds())

    assert 0 < without == worth_at(zone, CORNER)
