"""Late, doubled and unwanted holds, and repeated settlements: no cent is kept, lost or taken twice."""

from uuid import UUID

import pytest

from rideflow.payments.errors import OrderConflictError
from rideflow.payments.providers.port import PlacedHold, ReleaseRequest
from rideflow.payments.sagas.authorization import RecordedHold, RejectHold
from rideflow.payments.sagas.settlement import RecordRelease
from rideflow.pricing.model import FareBreakdown
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_books import fixed_fare
from tests.adapters.payments.test_guards import cancelled_late, orphans, seen


def recorded(house: House, placed: PlacedHold) -> RecordedHold:
    """The match saga's last two steps: record the hold, and release it if the trip does not need it."""
    hold = house.hand.authorization.record(placed)
    if hold.outcome == "ended":
        house.gateway.release(ReleaseRequest.model_validate(hold.model_dump()))
    return hold


def placed_for(house: House, trip_id: UUID, held_minor: int | None = None) -> PlacedHold:
    """The trip's hold; with `held_minor`, Stripe held only this amount."""
    placed = house.placed(house.prepared(trip_id))
    return placed if held_minor is None else placed.model_copy(update={"held_minor": held_minor})


def test_a_hold_that_comes_after_another_was_recorded_is_orphaned(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    first = house.placed(prepared)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    house.hand.authorization.record(first)

    house.hand.authorization.record(second)

    assert orphans(house) == [second.provider_ref]
    assert house.order(trip_id)["provider_ref"] == first.provider_ref


@pytest.mark.parametrize("outcome", ["held", "wants_payer"])
def test_a_hold_that_another_ride_has_is_not_released_for_an_order_that_has_its_own(house: House, outcome: str) -> None:
    trip_id, another = house.requested(), house.requested()
    house.hold(trip_id)
    others = house.hold(another)
    again = PlacedHold.model_validate(
        {
            "trip_id": trip_id,
            "order_id": house.order(trip_id)["id"],
            "outcome": outcome,
            "provider_ref": others.provider_ref,
            "held_minor": 700,
        }
    )

    assert house.hand.authorization.record(again).outcome == "held"

    assert orphans(house) == []


def test_a_hold_is_recorded_for_an_order_of_its_trip(house: House) -> None:
    trip_id, another = house.requested(), house.requested()
    placed = placed_for(house, trip_id)

    with pytest.raises(OrderConflictError):
        house.hand.authorization.record(placed.model_copy(update={"trip_id": another}))

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("requested", "pending")


def test_a_hold_that_is_recorded_twice_is_not_orphaned(house: House) -> None:
    placed = placed_for(house, house.requested())

    for _ in range(2):
        house.hand.authorization.record(placed)

    assert orphans(house) == []


def test_a_hold_placed_for_an_order_that_was_cancelled_is_in_the_books_and_released(house: House) -> None:
    trip_id = house.requested()
    placed = placed_for(house, trip_id)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    assert house.settle(trip_id) == "nothing"

    recorded(house, placed)

    order = house.order(trip_id)
    assert (order["state"], order["provider_ref"]) == ("cancelled", placed.provider_ref)
    assert order["held_minor"] == placed.held_minor
    assert house.stripe.totals()["held_minor"] == 0


def test_a_rejected_hold_that_stripe_placed_all_the_same_is_orphaned(house: House) -> None:
    trip_id = house.requested()
    placed = placed_for(house, trip_id)
    seen(house, placed)  # the answer was lost, but the webhook came

    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="ProviderUnavailableError"))

    assert orphans(house) == [placed.provider_ref]
    assert (house.order(trip_id)["state"], house.state(trip_id)) == ("cancelled", "cancelled")


def test_a_rejected_hold_that_was_never_placed_orphans_nothing(house: House) -> None:
    trip_id = house.requested()
    house.prepared(trip_id)

    house.hand.authorization.reject(RejectHold(trip_id=trip_id))

    assert orphans(house) == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("card_declined", "card_declined"),
        ("no_card", "card_declined"),
        ("ProviderUnavailableError", "payment_unavailable"),
        ("DatabaseUnavailableError", "payment_unavailable"),
        ("States.Timeout", "payment_unavailable"),
    ],
)
def test_a_rider_is_told_that_the_card_was_declined_only_if_it_was(house: House, reason: str, told: str) -> None:
    trip_id = house.requested()
    house.prepared(trip_id)

    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason=reason))

    trip = house.hand.trips.get(trip_id)
    assert (trip.cancel_reason, trip.cancel_rule, trip.cancel_verdict) == (told, told, "nobody")
    (cancelled,) = [each for each in house.published.envelopes if each["type"] == "TripCancelled"]
    assert cancelled["detail"]["reason"] == told


def test_a_hold_that_is_recorded_again_after_a_late_cancellation_stays_for_the_fee(house: House) -> None:
    trip_id = cancelled_late(house)
    order = house.order(trip_id)
    placed = PlacedHold(
        trip_id=trip_id,
        order_id=order["id"],
        provider_ref=order["provider_ref"],
        held_minor=order["held_minor"],
    )

    assert recorded(house, placed).outcome == "held"

    assert house.settle(trip_id) == "capture"
    assert house.stripe.totals()["captured_minor"] == 500


def test_a_hold_that_is_given_back_while_its_trip_goes_on_leaves_the_trip_as_it_is(house: House) -> None:
    trip_id = house.requested()
    placed_for(house, trip_id)  # and could not be recorded

    house.hand.settlement.record_release(RecordRelease(order_id=house.order(trip_id)["id"]))

    assert house.order(trip_id)["state"] == "cancelled"
    assert house.state(trip_id) == "requested"
    assert house.hand.trips.get(trip_id).settled_at is None
    assert house.published.types().count("HoldReleased") == 1


def test_a_hold_of_nothing_is_none_and_no_driver_is_looked_for(house: House) -> None:
    trip_id = house.requested()
    placed = placed_for(house, trip_id, held_minor=0)

    with pytest.raises(OrderConflictError):
        house.hand.authorization.record(placed)

    order = house.order(trip_id)
    assert (house.state(trip_id), order["state"], order["provider_ref"]) == ("requested", "pending", None)


def test_an_order_of_nothing_needs_no_hold(house: House) -> None:
    """Such as a quote of zero, in a currency of which the provider tells no least charge."""
    trip_id = house.requested()
    placed = placed_for(house, trip_id, held_minor=0)
    house.rows("update payment_orders set amount_minor = 0 where trip_id = %(id)s returning id", id=trip_id)

    assert house.hand.authorization.record(placed).outcome == "held"
    assert house.state(trip_id) == "matching"


def test_a_ride_at_no_cost_that_is_paid_stays_so_however_often_it_is_settled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = fixed_fare(house.hand.pricing.final_fare, FareBreakdown.of("USD", {}))
    monkeypatch.setattr(house.hand.pricing, "final_fare", free)
    trip_id = house.completed()

    assert [house.settle(trip_id) for _ in range(2)] == ["release", "nothing"]

    assert house.state(trip_id) == "paid"
    assert house.published.types().count("TripPaid") == 1
    assert house.stripe.totals()["captured_minor"] == 0


def test_a_fee_that_cannot_be_captured_closes_the_books_of_a_trip_that_was_never_ridden(house: House) -> None:
    trip_id = cancelled_late(house)

    assert house.refused(house.settlement(trip_id), "HoldGoneError").outcome == "release"

    fee = house.order(trip_id, "cancellation_fee")
    assert (fee["state"], fee["last_error"]) == ("failed", "HoldGoneError")
    assert house.state(trip_id) == "cancelled"
    assert house.hand.trips.get(trip_id).settled_at == house.now
    assert house.published.types().count("PaymentFailed") == 1


def test_a_fee_is_at_most_what_is_held(house: House) -> None:
    trip_id = house.requested()
    house.hand.authorization.record(placed_for(house, trip_id, held_minor=300))
    house.matched(trip_id)
    house.later(minutes=3)
    trip = house.hand.trips.get(trip_id)
    assert house.hand.trips.cancel(trip.rider_id, trip_id, None).cancellation_fee_minor == 500

    assert house.settle(trip_id) == "capture"

    assert house.order(trip_id, "cancellation_fee")["amount_minor"] == 300
    assert house.stripe.totals()["captured_minor"] == house.ledger(trip_id)["taken"] == 300
