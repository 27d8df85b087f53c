"""What payments count as alarms watch it: infra/stacks/alarms.py."""

import pytest

from rideflow.payments.orders.model import CONFIRMED_WITHIN
from rideflow.payments.providers.errors import AmountTooSmallError, PaymentDeclinedError, ProviderRefusedError
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_giving_up import declined
from tests.adapters.payments.test_webhooks import deliver

AS_THE_ALARM_WATCHES_IT = '"Dimensions":[["service"]]'


def counted(capfd: pytest.CaptureFixture[str], figure: str) -> int:
    told = [line for line in capfd.readouterr().out.splitlines() if f'"{figure}":[1.0]' in line]
    assert all(AS_THE_ALARM_WATCHES_IT in line for line in told)
    return len(told)


def test_a_request_that_stripe_never_accepts_is_counted_whatever_its_reason(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    prepared = house.settlement(house.completed())
    impossible = prepared.model_copy(update={"amount_minor": 10**6})

    with pytest.raises(ProviderRefusedError):
        house.capture(impossible)

    assert counted(capfd, "PaymentProviderRefused") == 1


def test_declines_and_small_amounts_are_no_refusals_for_good(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PaymentDeclinedError):
        house.placed(house.prepared(house.requested(house.rider("pm_card_chargeCustomerFail"))))
    declined(house, house.completed())
    too_small = house.prepared(house.requested()).model_copy(update={"amount_minor": 1, "currency": "HUF"})
    with pytest.raises(AmountTooSmallError):
        house.placed(too_small)

    assert counted(capfd, "PaymentProviderRefused") == 0


def test_money_that_no_order_asked_for_is_counted(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.stripe.client.v1.payment_intents.capture(house.order(trip_id)["provider_ref"])
    house.hand.trips.give_up(trip_id)

    assert house.settle(trip_id) == "release"

    assert counted(capfd, "CaptureWithoutOrder") == 1


def test_a_refund_by_hand_of_what_was_captured_is_counted(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    house.stripe.client.v1.refunds.create({"payment_intent": house.order(trip_id)["provider_ref"], "amount": 300})

    for event in house.stripe.events():
        house.webhook(event)

    assert counted(capfd, "MoneyMovedUnbooked") == 1


def test_a_disputed_payment_is_counted_when_its_money_is_gone(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    trip_id = house.completed("pm_card_createDispute")
    house.settle(trip_id)

    for event in house.stripe.events():
        house.webhook(event)

    assert counted(capfd, "MoneyMovedUnbooked") == 1


def test_a_released_hold_and_the_refunds_of_strangers_are_not_counted(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    held = house.order(trip_id)["provider_ref"]
    house.hand.trips.give_up(trip_id)
    house.settle(trip_id)

    for event in house.stripe.events():
        house.webhook(event)
    for payment_intent in (held, "pi_other", None):
        refund = {"id": f"re_{payment_intent}", "object": "refund", "payment_intent": payment_intent}
        house.webhook(
            {"id": f"evt_{payment_intent}", "type": "refund.created", "created": 1, "data": {"object": refund}}
        )

    assert counted(capfd, "MoneyMovedUnbooked") == 0


@pytest.mark.parametrize(
    "kind", ["refund.created", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"]
)
def test_whatever_moves_money_that_was_captured_is_counted(
    house: House, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    moved = {"id": "moved_1", "payment_intent": house.order(trip_id)["provider_ref"]}

    house.webhook({"id": "evt_1", "type": kind, "created": 1, "data": {"object": moved}})

    assert counted(capfd, "MoneyMovedUnbooked") == 1


def test_a_confirmation_that_comes_after_stripe_was_asked_is_no_money_that_nobody_asked_for(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    house.now += CONFIRMED_WITHIN
    assert house.settle(trip_id) == "capture"
    assert house.order(trip_id)["state"] == "settled"

    deliver(house, "payment_intent.succeeded")

    assert counted(capfd, "CaptureWithoutOrder") == 0
