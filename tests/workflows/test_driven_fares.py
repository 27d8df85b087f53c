"""Fares by the path of the phone: it is recorded, measured, priced, captured and explained by the product's code."""

from typing import Any
from uuid import UUID

import pytest

from functions.locations import measure_path
from functions.payments import get_receipt, prepare_settlement
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from tests.functions.lambda_events import answer, rest_event
from tests.functions.payments.money import Money, step
from tests.workflows.driving import held, quoted_way, ride, way_in_blocks
from tests.workflows.test_settle_trip import settle

JAM_S = 900


def receipt(money: Money, trip_id: UUID) -> dict[str, Any]:
    """As the rider reads it."""
    event = rest_event(
        "GET", f"/v1/trips/{trip_id}/receipt", None, money.rider, path_parameters={"trip_id": str(trip_id)}
    )
    return dict(answer(get_receipt.app, event).body)


@pytest.mark.parametrize(("sigma_m", "rho"), [(0, 0), (3, 0), (10, 0), (10, 0.9), (20, 0.9)])
def test_the_quoted_way_with_a_quarter_of_an_hour_in_a_jam_costs_the_quote_whatever_the_noise(
    money: Money, sigma_m: float, rho: float
) -> None:
    trip = held(money)
    way = quoted_way(trip, jam_s=JAM_S)
    ride(money, trip, way, sigma_m=sigma_m, rho=rho)

    assert settle(str(trip.id), "TripCompleted").status == "SUCCEEDED"

    paid = receipt(money, trip.id)
    assert paid["amount_minor"] == trip.quoted_amount_minor
    assert paid["reasons"]["because"] == "quote_is_the_cap"
    assert paid["reasons"]["coverage"] == 1
    assert paid["reasons"]["driven_distance_m"] == pytest.approx(trip.quoted_distance_m, rel=0.03)
    assert paid["reasons"]["driven_duration_s"] > JAM_S
    assert paid["reasons"]["computed_minor"] > trip.quoted_amount_minor


@pytest.mark.parametrize("ended_s", [1_200, 3_600])
def test_two_fixes_and_then_silence_cost_the_quote_because_the_path_is_not_known(money: Money, ended_s: int) -> None:
    trip = held(money)
    ride(money, trip, quoted_way(trip)[:2], ended_s=ended_s)

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert paid["amount_minor"] == trip.quoted_amount_minor
    assert paid["reasons"]["because"] == "path_not_known"
    assert paid["reasons"]["coverage"] < 0.01


def test_a_ride_without_a_known_path_costs_the_quote_and_says_so(money: Money) -> None:
    trip = held(money)
    money.ride(str(trip.id))

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["amount_minor"], paid["reasons"]["because"]) == (trip.quoted_amount_minor, "path_not_known")
    assert (paid["reasons"]["coverage"], paid["reasons"]["driven_distance_m"]) == (0, None)


def test_a_path_with_a_hole_costs_the_quote_although_the_rest_of_it_is_a_detour(money: Money) -> None:
    trip = held(money)
    way = quoted_way(trip, longer=1.8)
    ride(money, trip, [*way[:40], *way[56:]])

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["amount_minor"], paid["reasons"]["because"]) == (trip.quoted_amount_minor, "path_not_known")
    assert 0.5 < paid["reasons"]["coverage"] < 1


def test_a_long_way_round_costs_what_was_driven_up_to_the_hold(money: Money) -> None:
    trip = held(money)
    way = quoted_way(trip, longer=1.8)
    ride(money, trip, way)

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert paid["reasons"]["because"] == "another_route"
    assert paid["reasons"]["limited_to_hold"]
    assert trip.quoted_amount_minor < paid["amount_minor"] < paid["reasons"]["computed_minor"]


def test_a_rider_who_gets_out_half_way_pays_for_half_the_way(money: Money) -> None:
    trip = held(money)
    way = quoted_way(trip, until=0.5)
    ride(money, trip, way)

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["reasons"]["because"], paid["reasons"]["coverage"]) == ("route_kept", 1)
    assert paid["amount_minor"] < trip.quoted_amount_minor * 0.8


def test_fixes_too_far_apart_to_show_the_streets_cost_the_quote_because_the_path_is_not_known(money: Money) -> None:
    trip = held(money)
    way = way_in_blocks(trip)
    ride(money, trip, [*way[:-1:5], way[-1]])

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["amount_minor"], paid["reasons"]["because"]) == (trip.quoted_amount_minor, "path_not_known")
    assert 0.5 < paid["reasons"]["coverage"] < 1
    assert paid["reasons"]["driven_distance_m"] < trip.quoted_distance_m


def test_a_rider_who_gets_out_half_way_pays_for_half_a_straight_way_also_of_fixes_far_apart(money: Money) -> None:
    trip = held(money)
    way = quoted_way(trip, until=0.5)
    ride(money, trip, [*way[:-1:5], way[-1]])

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["reasons"]["because"], paid["reasons"]["coverage"]) == ("route_kept", 1)
    assert paid["amount_minor"] < trip.quoted_amount_minor * 0.8


@pytest.mark.parametrize("silent_s", [16, 55])
def test_a_path_that_ends_far_from_the_dropoff_some_time_before_the_end_costs_the_quote(
    money: Money, silent_s: float
) -> None:
    """The car had time to drive on."""
    trip = held(money)
    way = quoted_way(trip, until=0.5)
    ride(money, trip, way, ended_s=way[-1][0] + silent_s)

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["amount_minor"], paid["reasons"]["because"]) == (trip.quoted_amount_minor, "path_not_known")


def opened(driven: dict[str, Any], trip_id: UUID) -> dict[str, Any]:
    """What was measured, with its line as it was driven: each run seals it anew."""
    return driven | {"driven_line": seals().open_text(driven["driven_line"], of_trip(trip_id, "driven_line"))}


def test_a_settlement_that_is_asked_for_before_the_ordinary_one_has_prepared_charges_by_the_path_too(
    money: Money,
) -> None:
    trip = held(money)
    ride(money, trip, quoted_way(trip, until=0.5))
    measured = step(measure_path, {"trip_id": str(trip.id)})  # the steps of the ordinary settlement so far

    overdue = settle(str(trip.id), "SettlementOverdue")

    assert overdue.invoked == ["MeasurePath", "PrepareSettlement", "CapturePayment", "RecordSettlement"]
    assert opened(overdue.output["driven"], trip.id).items() <= opened(measured, trip.id).items()
    assert step(prepare_settlement, measured)["action"] == "nothing"
    paid = receipt(money, trip.id)
    assert (paid["reasons"]["because"], paid["reasons"]["coverage"]) == ("route_kept", 1)
    assert paid["amount_minor"] < trip.quoted_amount_minor * 0.8


def test_a_settlement_that_runs_again_measures_the_same_and_charges_once(money: Money) -> None:
    trip = held(money)
    way = quoted_way(trip, jam_s=JAM_S)
    ride(money, trip, way, sigma_m=10)

    first, again = (settle(str(trip.id), "TripCompleted") for _ in range(2))

    assert opened(first.output["driven"], trip.id) == opened(again.output["driven"], trip.id)
    assert again.invoked == ["MeasurePath", "PrepareSettlement"]
    assert receipt(money, trip.id)["amount_minor"] == trip.quoted_amount_minor


@pytest.mark.parametrize("until", [0, 0.1])
def test_a_ride_that_ended_before_any_car_can_have_come_to_the_dropoff_costs_what_was_driven(
    money: Money, until: float
) -> None:
    """This holds for any end that the driver reports, with or without a known position."""
    trip = held(money)
    way = quoted_way(trip, until=until) or quoted_way(trip)[:1]
    ride(money, trip, way, ended_s=way[-1][0])

    settle(str(trip.id), "TripCompleted")

    paid = receipt(money, trip.id)
    assert (paid["reasons"]["because"], paid["reasons"]["coverage"]) == ("route_kept", 1)
    assert paid["reasons"]["driven_distance_m"] == pytest.approx(way[-1][0] * 10, abs=5)
    assert paid["amount_minor"] < trip.quoted_amount_minor
