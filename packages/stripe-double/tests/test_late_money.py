"""Money that is booked, given back or refused later than a request says."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from running_double import API_KEY, WEBHOOK_SECRET, Double, Receiver
from stripe_double import Settings, StripeDouble


def _charge(double: Double, intent_id: str) -> stripe.Charge:
    intent = double.client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


@pytest.fixture
def slow_books(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A double that books what `automatic_async` captures after a minute of its clock."""
    settings = Settings(API_KEY, WEBHOOK_SECRET, balance_transaction_after_s=60)
    with StripeDouble(settings).in_thread() as url, httpx.Client(trust_env=False) as web:
        double = Double(url, None, web)  # type: ignore[arg-type]
        double.client = double.with_client()
        yield double


def test_an_asynchronous_capture_has_its_transaction_later(slow_books: Double) -> None:
    """https://docs.stripe.com/payments/payment-intents/asynchronous-capture."""
    paid = slow_books.hold(capture_method="automatic_async")
    assert paid.status == "succeeded"
    assert _charge(slow_books, paid.id).balance_transaction is None
    assert slow_books.client.v1.balance_transactions.list().data == []
    assert _charge(slow_books, slow_books.hold(capture_method="automatic").id).balance_transaction is not None

    slow_books.control("/clock", advance_s=60)

    booked = _charge(slow_books, paid.id).balance_transaction
    assert slow_books.client.v1.balance_transactions.retrieve(str(booked)).source == paid.latest_charge
    told = slow_books.client.v1.events.list({"type": "charge.updated"}).data
    assert [event.data.object["balance_transaction"] for event in told] == [booked]
    assert told[0].data.to_dict()["previous_attributes"] == {"balance_transaction": None}


def test_any_capture_can_be_booked_late_on_demand(double: Double) -> None:
    double.fault("late_balance_transaction", metadata={"order_id": "t1"})
    late, usual = double.hold(metadata={"order_id": "t1"}), double.hold(metadata={"order_id": "t2"})
    for held in (late, usual):
        double.client.v1.payment_intents.capture(held.id)
    assert _charge(double, late.id).balance_transaction is None
    assert _charge(double, usual.id).balance_transaction is not None
    double.control("/clock", advance_s=10**6)
    assert _charge(double, late.id).balance_transaction is None
    tasks = double.shown("/later")["tasks"]
    assert [(task["kind"], task["subject"]) for task in tasks] == [("balance_transaction", late.latest_charge)]

    assert double.control("/later", subject=late.latest_charge) == {"done": 1}

    assert _charge(double, late.id).balance_transaction is not None
    assert double.event_types()[-1] == "charge.updated"


def _refunded(double: Double, card: str) -> stripe.Refund:
    paid = double.hold(card=card, capture_method="automatic")
    return double.client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})


def test_a_refund_is_pending_until_the_bank_has_taken_it(double: Double) -> None:
    """https://docs.stripe.com/testing#refunds: pm_card_pendingRefund."""
    refund = _refunded(double, "pm_card_pendingRefund")
    assert refund.status == "pending"
    double.control("/clock", advance_s=60)
    assert double.client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert double.event_types()[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_refund_fails_after_it_succeeded_and_the_money_comes_back(double: Double) -> None:
    """https://docs.stripe.com/refunds#failed-refunds."""
    refund = _refunded(double, "pm_card_refundFail")
    assert refund.status == "succeeded"
    assert double.client.v1.charges.retrieve(str(refund.charge)).amount_refunded == 500

    double.control("/clock", advance_s=60)

    failed = double.client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert (failed.failure_balance_transaction.type, failed.failure_balance_transaction.amount) == (
        "refund_failure",
        500,
    )
    charge = double.client.v1.charges.retrieve(str(refund.charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert double.event_types()[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    told = double.client.v1.events.list({"type": "refund.updated"}).data[0].data.to_dict()
    before = {"status": "succeeded", "failure_reason": None, "failure_balance_transaction": None}
    assert told["previous_attributes"] == before
    totals = double.shown("/totals")
    assert (totals["captured_minor"], totals["refunded_minor"]) == (2000, 0)
    again = double.client.v1.refunds.create({"charge": str(refund.charge)})
    assert again.amount == 2000


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "succeeded"), ("fail", "failed")])
def test_a_pending_refund_is_decided_on_demand(double: Double, outcome: str, status: str) -> None:
    double.fault("pending_refund", times=1)
    refund = _refunded(double, "pm_card_visa")
    assert refund.status == "pending"
    double.control("/refunds", refund=refund.id, outcome=outcome, reason="declined")
    read = double.client.v1.refunds.retrieve(refund.id)
    assert read.status == status
    assert getattr(read, "failure_reason", None) == ("declined" if outcome == "fail" else None)
    assert double.shown("/later")["tasks"] == []
    refused = double.web.post(f"{double.url}/_double/refunds", json={"refund": refund.id})
    assert refused.status_code == 422


def test_two_events_with_two_ids_tell_of_one_fact(double: Double, receiver: Receiver) -> None:
    """https://docs.stripe.com/webhooks#handle-duplicate-events."""
    double.control("/webhook_faults", action="second_event", type="customer.created")
    customer = double.client.v1.customers.create({"name": "Ada"})
    receiver.wait(lambda: len(receiver.arrived) == 2)
    first, second = receiver.events()
    assert first.id != second.id
    assert first.type == second.type == "customer.created"
    assert first.data.object["id"] == second.data.object["id"] == customer.id
    assert double.event_types() == ["customer.created", "customer.created"]


def test_funds_become_available_and_an_event_says_so(double: Double) -> None:
    double.hold(capture_method="automatic")
    assert double.client.v1.balance.retrieve().available[0].amount == 0
    double.control("/clock", advance_s=2 * 24 * 3600)
    assert double.client.v1.balance.retrieve().available[0].amount == 2000 - 88
    assert double.event_types()[-1] == "balance.available"


def test_a_test_card_pays_into_the_available_balance(double: Double) -> None:
    double.hold(card="pm_card_bypassPending", capture_method="automatic")
    assert double.client.v1.balance.retrieve().available[0].amount == 2000 - 88


def _raisable(double: Double, card: str = "pm_card_visa") -> stripe.PaymentIntent:
    options: Any = {"card": {"request_incremental_authorization": "if_available"}}
    return double.hold(card=card, payment_method_options=options)


def test_a_hold_is_raised_and_captured_in_whole(double: Double) -> None:
    """https://docs.stripe.com/payments/incremental-authorization."""
    held = _raisable(double)
    raised = double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
    assert (raised.status, raised.amount, raised.amount_capturable) == ("requires_capture", 2500, 2500)
    assert double.event_types()[-1] == "payment_intent.amount_capturable_updated"
    taken = double.client.v1.payment_intents.capture(held.id)
    assert taken.amount_received == 2500
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 3000})


def test_a_declined_raise_leaves_the_hold_as_it_was(double: Double) -> None:
    held = _raisable(double)
    double.fault("decline", operation="increment", decline="insufficient_funds")
    with pytest.raises(stripe.CardError):
        double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
    read = double.client.v1.payment_intents.retrieve(held.id)
    assert (read.status, read.amount_capturable, read.last_payment_error) == ("requires_capture", 2000, None)
    assert double.client.v1.payment_intents.capture(held.id).amount_received == 2000


def test_a_hold_is_raised_ten_times_at_most(double: Double) -> None:
    held = _raisable(double)
    for step in range(10):
        double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2001 + step})
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2011})


@pytest.mark.parametrize("amount", [2000, 1999])
def test_a_hold_cannot_be_raised_to_less(double: Double, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.increment_authorization(_raisable(double).id, {"amount": amount})
    assert raised.value.param == "amount"


def test_a_hold_that_was_not_placed_for_it_cannot_be_raised(double: Double) -> None:
    for held in (double.hold(), _raisable(double, "pm_card_jcb")):
        with pytest.raises(stripe.InvalidRequestError, match="does not support"):
            double.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
