from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.polyline import encoded
from rideflow.markets.versions import version_of
from rideflow.payments.errors import TripNotOverError
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.providers.errors import PaymentDeclinedError
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.sagas.settlement import PrepareSettlement
from rideflow.trips.evidence import NOTHING_SEEN
from tests.adapters.payments.ride import FERRY_BUILDING, MISSION, PIN, AtThePickup, House
from tests.market_data import SAN_FRANCISCO

OCEAN_BEACH = Point(lat=37.7594, lng=-122.5107)


def test_a_ride_is_held_captured_booked_and_paid(house: House) -> None:
    trip_id = house.requested()
    assert house.hold(trip_id).outcome == "held"
    quoted = house.hand.trips.get(trip_id).quoted_amount_minor
    assert house.order(trip_id)["held_minor"] == -(-quoted * 5 // 4)

    driver_id = house.matched(trip_id)
    house.ridden(trip_id, driver_id)
    assert house.settle(trip_id) == "capture"

    trip = house.hand.trips.get(trip_id)
    assert (trip.state, trip.final_amount_minor) == ("paid", quoted)
    share = round(quoted * 0.8)
    assert house.ledger(trip_id) == {
        "taken": quoted,
        f"driver_payable:{driver_id}": -share,
        "platform_revenue": share - quoted,
    }
    assert house.stripe.totals()["captured_minor"] == quoted
    assert house.stripe.totals()["held_minor"] == 0


def test_a_shorter_ride_costs_less_than_quoted(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id, driven_distance_m=3_000, driven_duration_s=400)
    trip = house.hand.trips.get(trip_id)
    assert trip.final_amount_minor == 220 + 315 + 260
    assert (trip.driven_distance_m, trip.driven_duration_s) == (3_000, 400)
    assert house.stripe.totals()["captured_minor"] == 795
    assert house.order(trip_id)["reasons"]["because"] == "route_kept"


def test_a_ride_far_longer_than_quoted_is_captured_up_to_the_hold_and_not_a_cent_more(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id, driven_distance_m=60_000, driven_duration_s=5_000)
    held = house.order(trip_id)["held_minor"]
    breakdown = house.order(trip_id)["breakdown"]
    assert house.hand.trips.get(trip_id).final_amount_minor == held == breakdown["total_minor"]
    assert next(line for line in breakdown["lines"] if line["kind"] == "discount")["amount_minor"] < 0
    reasons = house.order(trip_id)["reasons"]
    assert (reasons["because"], reasons["limited_to_hold"]) == ("another_route", True)
    assert reasons["computed_minor"] > held


def test_a_ride_whose_path_has_a_hole_is_captured_as_it_was_quoted_and_its_receipt_says_why(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id, driven_distance_m=60_000, driven_duration_s=5_000, coverage=0.6)
    quoted = house.hand.trips.get(trip_id).quoted_amount_minor
    assert house.stripe.totals()["captured_minor"] == quoted
    receipt = PostgresOrders(house.hand.database).receipt(trip_id)
    assert receipt is not None
    assert receipt.reasons is not None
    assert receipt.reasons.model_dump() == {
        "version": 1,
        "because": "path_not_known",
        "quoted_minor": quoted,
        "computed_minor": None,
        "coverage": 0.6,
        "driven_distance_m": 60_000,
        "driven_duration_s": 5_000,
        "limited_to_hold": False,
        "rates_version": version_of("rates", SAN_FRANCISCO.rates["economy"]),
    }


@pytest.mark.parametrize(("end", "because"), [(MISSION, "quote_is_the_cap"), (OCEAN_BEACH, "another_route")])
def test_a_ride_that_ended_elsewhere_costs_what_was_driven_and_not_the_quote(
    house: House, end: Point, because: str
) -> None:
    """Both rides are as long as quoted and took half an hour longer. Only their lines show where they ended."""
    trip_id = house.completed()
    trip = house.hand.trips.get(trip_id)
    driven = {"driven_distance_m": trip.quoted_distance_m, "driven_duration_s": trip.quoted_duration_s + 1800}
    wanted = PrepareSettlement(trip_id=trip_id, driven_line=encoded([FERRY_BUILDING, end]), **driven)

    house.hand.settlement.prepare(wanted)

    order = house.order(trip_id)
    assert (order["reasons"]["because"], order["reasons"]["computed_minor"] > trip.quoted_amount_minor) == (
        because,
        True,
    )
    assert (order["amount_minor"] > trip.quoted_amount_minor) == (because == "another_route")


def test_a_settlement_by_a_workflow_that_knew_no_coverage_yet_takes_the_path_for_known(house: House) -> None:
    trip_id = house.completed()
    assert house.settlement(trip_id, driven_distance_m=3_000, driven_duration_s=400).amount_minor == 795


def test_every_step_twice_is_every_step_once(house: House) -> None:
    trip_id = house.requested()
    prepared = [house.prepared(trip_id) for _ in range(2)]
    assert prepared[0] == prepared[1]
    placed = [house.placed(prepared[0]) for _ in range(2)]
    assert placed[0] == placed[1]
    assert [house.hand.authorization.record(placed[0]).outcome for _ in range(2)] == ["held", "held"]
    assert house.prepared(trip_id).outcome == "held"

    house.ridden(trip_id, house.matched(trip_id))
    settlements = [house.settlement(trip_id) for _ in range(2)]
    assert settlements[0] == settlements[1]
    captures = [house.capture(settlements[0]) for _ in range(2)]
    for _ in range(2):
        house.hand.settlement.record_capture(captures[0])
    assert captures[0] == captures[1]
    assert house.settle(trip_id) == "nothing"
    assert sum(house.ledger(trip_id).values()) == 0
    assert len(house.stripe.intents()) == 1
    assert house.published.types().count("PaymentCaptured") == 1
    assert house.published.types().count("TripPaid") == 1


def test_a_trip_that_goes_on_is_not_settled(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    with pytest.raises(TripNotOverError):
        house.settlement(trip_id)


def test_a_rider_whose_cards_were_all_removed_is_refused_and_the_trip_ends(house: House) -> None:
    rider_id = house.rider()
    trip_id = house.requested(rider_id)
    house.rows("delete from payment_methods where rider_id = %(rider)s", rider=rider_id)
    assert house.prepared(trip_id).outcome == "ended"
    assert house.state(trip_id) == "cancelled"


def test_a_declined_card_ends_the_trip_and_charges_nothing(house: House) -> None:
    trip_id = house.requested(house.rider("pm_card_chargeCustomerFail"))
    prepared = house.prepared(trip_id)
    with pytest.raises(PaymentDeclinedError) as declined:
        house.placed(prepared)
    assert declined.value.extra["decline_code"] == "generic_decline"
    for _ in range(2):
        house.hand.authorization.reject(RejectHold(trip_id=trip_id))
    assert house.state(trip_id) == "cancelled"
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.settle(trip_id) == "nothing"
    assert house.stripe.totals()["captured_minor"] == 0


def test_nobody_found_gives_the_hold_back(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.hand.trips.give_up(trip_id)
    assert house.settle(trip_id) == "release"
    assert house.settle(trip_id) == "nothing"
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.ledger(trip_id) == {}
    assert house.stripe.totals()["held_minor"] == 0
    assert house.hand.trips.get(trip_id).settled_at is not None


def test_a_late_cancellation_captures_the_fee_from_the_hold_and_gives_the_rest_back(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    house.later(minutes=3)
    cancel(house, trip_id)
    assert house.settle(trip_id) == "capture"
    assert house.settle(trip_id) == "nothing"
    assert house.state(trip_id) == "cancelled"
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.order(trip_id, "cancellation_fee")["state"] == "captured"
    assert house.ledger(trip_id) == {
        "taken": 500,
        f"driver_payable:{driver_id}": -400,
        "platform_revenue": -100,
    }
    assert house.stripe.totals()["captured_minor"] == 500
    assert house.stripe.totals()["held_minor"] == 0


def test_a_driver_who_hands_the_trip_back_leaves_the_hold_where_it_is(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.hand.trips.cancel(house.matched(trip_id), trip_id, None)
    assert house.state(trip_id) == "matching"
    assert house.prepared(trip_id).outcome == "held"
    house.ridden(trip_id, house.matched(trip_id))
    assert house.settle(trip_id) == "capture"
    assert len(house.stripe.intents()) == 1


def test_a_hold_that_expired_is_not_captured_again_and_again(house: House) -> None:
    trip_id = house.completed()
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"], notify=False)
    prepared = house.settlement(trip_id)
    with pytest.raises(Exception, match="expired"):
        house.capture(prepared)
    assert house.refused(prepared, "HoldGoneError").outcome == "release"
    assert house.state(trip_id) == "payment_failed"


def test_a_step_that_fails_before_its_commit_leaves_nothing_and_publishes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip_id = house.completed()
    capture = house.capture(house.settlement(trip_id))
    published = len(house.published.envelopes)
    with monkeypatch.context() as broken:
        broken.setattr(house.hand.trips, "settled", crash)
        with pytest.raises(ConnectionResetError):
            house.hand.settlement.record_capture(capture)
    assert (house.order(trip_id)["state"], house.ledger(trip_id)) == ("processing", {})
    assert len(house.published.envelopes) == published
    house.hand.settlement.record_capture(capture)
    assert house.state(trip_id) == "paid"


def cancel(house: House, trip_id: UUID) -> None:
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)


def crash(*_: object) -> None:
    raise ConnectionResetError


@pytest.mark.parametrize(("scheduled_in_minutes", "charged_minutes"), [(None, 8), (6, 2), (20, 0)])
def test_a_driver_who_comes_before_a_scheduled_time_is_not_paid_for_waiting_until_then(
    house: House, scheduled_in_minutes: int | None, charged_minutes: int
) -> None:
    """Ten minutes at the pickup; two minutes of waiting are free, and a minute is 35 cents."""
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    if scheduled_in_minutes is not None:
        house.rows(
            "update trips set scheduled_ride_id = id, waits_until = %(at)s, scheduled_for = %(at)s",
            at=house.now + timedelta(minutes=scheduled_in_minutes),
        )
    house.hand.trips.arrive(driver_id, trip_id)
    house.later(minutes=10)
    house.hand.trips.start(driver_id, trip_id, PIN)
    house.later(minutes=9)
    house.hand.trips.complete(driver_id, trip_id)

    amount_minor = house.settlement(trip_id, driven_distance_m=3000, driven_duration_s=300).amount_minor

    assert amount_minor == 220 + 315 + 195 + 35 * charged_minutes


def test_waiting_since_an_arrival_that_nothing_proved_costs_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stores of positions did not answer when the driver said that they had arrived."""
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    monkeypatch.setattr(AtThePickup, "sightings", lambda *_: NOTHING_SEEN)
    assert house.hand.trips.arrive(driver_id, trip_id).arrival_distance_m is None
    house.later(minutes=10)
    house.hand.trips.start(driver_id, trip_id, PIN)
    house.later(minutes=9)
    house.hand.trips.complete(driver_id, trip_id)

    assert house.settlement(trip_id, driven_distance_m=3000, driven_duration_s=300).amount_minor == 220 + 315 + 195
