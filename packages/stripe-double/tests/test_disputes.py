"""Disputes: from the holder's claim to the bank's word."""

import pytest
import stripe

from running_double import Double

TEXTS = {"won": "winning_evidence", "lost": "losing_evidence"}


def _disputed(double: Double, card: str = "pm_card_createDispute") -> stripe.Dispute:
    paid = double.hold(card=card, capture_method="automatic")
    [dispute] = double.client.v1.disputes.list({"payment_intent": paid.id}).data
    return dispute


def _net(double: Double) -> int:
    return sum(each.net for each in double.client.v1.balance_transactions.list({"limit": 100}).data)


def test_a_dispute_takes_the_money_and_a_fee(double: Double) -> None:
    dispute = _disputed(double)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 2000)
    assert double.client.v1.charges.retrieve(str(dispute.charge)).disputed
    assert _net(double) == 2000 - 88 - 2000 - 1500
    assert double.event_types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.refunds.create({"charge": str(dispute.charge)})
    assert raised.value.code == "charge_disputed"


@pytest.mark.parametrize(("verdict", "returned"), [("won", 2000), ("lost", 0)])
def test_evidence_decides_a_dispute_in_test_mode(double: Double, verdict: str, returned: int) -> None:
    """https://docs.stripe.com/testing#disputes."""
    dispute = _disputed(double)
    before = _net(double)
    decided = double.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": TEXTS[verdict]}})
    assert decided.status == verdict
    assert _net(double) - before == returned
    told = double.event_types()[-(3 if returned else 2) :]
    assert told[0] == "charge.dispute.updated"
    assert told[-1] == "charge.dispute.closed"
    assert ("charge.dispute.funds_reinstated" in told) is bool(returned)


def test_other_evidence_is_under_review_until_the_bank_decides(double: Double) -> None:
    dispute = _disputed(double)
    draft = double.client.v1.disputes.update(dispute.id, {"evidence": {"receipt": "file_1"}, "submit": False})
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    sent = double.client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert sent.evidence.receipt == "file_1"
    double.control("/disputes", dispute=dispute.id, outcome="won")
    assert double.client.v1.disputes.retrieve(dispute.id).status == "won"
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.disputes.close(dispute.id)


def test_an_inquiry_takes_nothing_and_its_charge_can_be_refunded(double: Double) -> None:
    dispute = _disputed(double, "pm_card_createDisputeInquiry")
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert _net(double) == 2000 - 88
    assert double.client.v1.refunds.create({"charge": str(dispute.charge)}).status == "succeeded"
    assert double.client.v1.disputes.close(dispute.id).status == "warning_closed"


def test_a_lost_dispute_was_accepted(double: Double) -> None:
    dispute = _disputed(double, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"
    assert double.client.v1.disputes.close(dispute.id).status == "lost"


def test_any_captured_charge_is_disputed_on_demand(double: Double) -> None:
    held = double.hold()
    refused = double.web.post(f"{double.url}/_double/disputes", json={"charge": held.latest_charge})
    assert refused.status_code == 422
    double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1500})
    told = double.control("/disputes", charge=held.latest_charge, reason="duplicate")
    dispute = double.client.v1.disputes.retrieve(told["id"], {"expand": ["charge"]})
    assert (dispute.amount, dispute.reason) == (1500, "duplicate")
    assert isinstance(dispute.charge, stripe.Charge)
