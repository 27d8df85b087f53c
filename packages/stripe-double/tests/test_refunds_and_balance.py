import pytest
import stripe

from running_double import Double


def _paid(double: Double, amount: int = 2000) -> stripe.PaymentIntent:
    return double.hold(amount, capture_method="automatic", metadata={"order_id": "t1"})


def test_money_is_refunded_in_parts_until_nothing_is_left(double: Double) -> None:
    paid = _paid(double)
    double.client.v1.refunds.create({"payment_intent": paid.id, "amount": 500, "reason": "requested_by_customer"})
    rest = double.client.v1.refunds.create({"charge": str(paid.latest_charge)})
    assert (rest.amount, rest.status) == (1500, "succeeded")
    charge = double.client.v1.charges.retrieve(str(paid.latest_charge), {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 2000)
    assert charge.refunds is not None
    assert [refund.amount for refund in charge.refunds.data] == [1500, 500]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.refunds.create({"payment_intent": paid.id})
    assert raised.value.code == "charge_already_refunded"
    assert double.event_types()[-2:] == ["refund.created", "charge.refunded"]


def test_more_than_was_captured_cannot_be_refunded(double: Double) -> None:
    held = double.hold(2000)
    double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1200})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as raised:
        double.client.v1.refunds.create({"payment_intent": held.id, "amount": 1201})
    assert raised.value.param == "amount"
    assert double.client.v1.refunds.create({"payment_intent": held.id}).amount == 1200


def test_a_hold_cannot_be_refunded(double: Double) -> None:
    held = double.hold()
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.refunds.create({"payment_intent": held.id})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.refunds.create({"charge": str(held.latest_charge)})
    assert raised.value.code == "charge_not_refundable"


def test_a_refund_needs_to_say_of_what(double: Double) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.refunds.create({"amount": 5})
    assert raised.value.code == "parameter_missing"


def test_every_movement_of_money_is_a_balance_transaction_and_they_add_up(double: Double) -> None:
    paid = _paid(double)
    held = double.hold(3000)
    double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1000})
    double.client.v1.payment_intents.cancel(double.hold(700).id)
    double.client.v1.refunds.create({"payment_intent": paid.id, "amount": 300})
    moved = list(double.client.v1.balance_transactions.list().auto_paging_iter())
    assert [(each.type, each.amount) for each in moved] == [("refund", -300), ("charge", 1000), ("charge", 2000)]
    totals = double.shown("/totals")
    gross = sum(each.amount for each in moved)
    assert gross == totals["captured_minor"] - totals["refunded_minor"]
    balance = double.client.v1.balance.retrieve()
    assert balance.pending[0].amount == gross - totals["fees_minor"] == sum(each.net for each in moved)


def test_a_hold_given_up_is_no_refund(double: Double) -> None:
    held = double.hold(2000)
    double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1200})
    double.client.v1.payment_intents.cancel(double.hold().id)
    assert double.client.v1.refunds.list().data == []
    assert [each.amount for each in double.client.v1.balance_transactions.list().data] == [1200]
    assert double.client.v1.charges.retrieve(str(held.latest_charge)).amount_refunded == 0


def test_the_fee_is_stripes_and_the_net_arrives_after_two_days(double: Double) -> None:
    paid = _paid(double, 2000)
    charge = double.client.v1.charges.retrieve(str(paid.latest_charge), {"expand": ["balance_transaction"]})
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (88, 1912)
    assert double.client.v1.balance.retrieve().available[0].amount == 0
    double.control("/clock", advance_s=2 * 24 * 3600)
    assert double.client.v1.balance.retrieve().available[0].amount == 1912
    assert double.client.v1.balance_transactions.retrieve(charge.balance_transaction.id).status == "available"
