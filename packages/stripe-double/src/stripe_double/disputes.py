"""Disputes: a card's holder takes a payment back. https://docs.stripe.com/api/disputes.

| from                            | by                                      | to                              |
|---------------------------------|-----------------------------------------|---------------------------------|
| (charge of a disputing card)    | capture                                 | needs_response                  |
| (the same, as an inquiry)       | capture                                 | warning_needs_response          |
| needs_response                  | evidence is submitted                   | under_review                    |
| warning_needs_response          | evidence is submitted                   | warning_under_review            |
| needs_response, under_review    | `winning_evidence`, or a test says so   | won: the money comes back       |
| needs_response, under_review    | close, `losing_evidence`, or a test     | lost                            |
| an inquiry                      | any of these                            | warning_closed                  |

Only a dispute that is no inquiry takes the money, and Stripe's fee. Sources: https://docs.stripe.com/disputes/how-disputes-work
and https://docs.stripe.com/testing#disputes.
"""

from typing import Any

from stripe_double import balance, lists
from stripe_double.errors import refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, boolean, choice, mapping, merged_metadata, metadata, text
from stripe_double.settings import DAY_S
from stripe_double.world import Object, World, new_id

EVIDENCE_WITHIN_S = 9 * DAY_S
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
REASONS = ("fraudulent", "general", "product_not_received", "duplicate", "unrecognized", "credit_not_processed")
_NETWORK_REASONS = {"product_not_received": "13.1", "duplicate": "12.6.1", "credit_not_processed": "13.7"}
_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def build(world: World, charge: Object, reason: str, *, inquiry: bool) -> Object:
    brand = charge["payment_method_details"]["card"]["brand"]
    card = {
        "brand": brand,
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": brand,
        "network_reason_code": _NETWORK_REASONS.get(reason, "10.4"),
    }
    return {
        "id": new_id("du_1"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.clock.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.clock.now() + EVIDENCE_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def of_charge(world: World, charge: Object) -> None:
    """Dispute a charge whose test card does so."""
    card = world.cards.get(charge["payment_method"])
    if card is not None and card.dispute is not None:
        begin(world, charge, card.dispute, inquiry=card.inquiry)


def begin(world: World, charge: Object, reason: str, *, inquiry: bool) -> Object:
    dispute = world.keep(build(world, charge, reason, inquiry=inquiry))
    charge["disputed"] = True
    if not inquiry:
        _move(world, dispute, -dispute["amount"], world.settings.dispute_fee_minor)
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(world: World, dispute: Object, amount: int, fee: int) -> None:
    made = balance.record(world, dispute, "adjustment", amount, fee=fee)
    dispute["balance_transactions"].append(dict(made))


def end(world: World, dispute: Object, *, won: bool) -> None:
    """The bank has decided. Stripe gives the amount back if the dispute is won, and keeps its fee."""
    is_inquiry = dispute["status"].startswith("warning_")
    dispute["status"] = "warning_closed" if is_inquiry else ("won" if won else "lost")
    if won and not is_inquiry:
        _move(world, dispute, dispute["amount"], 0)
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)


def update(call: Call) -> Object:
    """Add evidence, which is submitted unless `submit` is false. Two texts decide the dispute, as in test mode."""
    dispute = _open(call, "updated")
    given: dict[str, Any] = call.given
    evidence = given.get("evidence") or {}
    if "metadata" in given:
        dispute["metadata"] = merged_metadata(dispute["metadata"], given["metadata"])
    dispute["evidence"] |= evidence
    if evidence:
        dispute["evidence_details"]["has_evidence"] = True
    submitted = bool(evidence) and given.get("submit", True)
    if submitted:
        dispute["evidence_details"]["submission_count"] += 1
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    call.world.emit("charge.dispute.updated", dispute)
    verdict = evidence.get("uncategorized_text") if submitted else None
    if verdict in ("winning_evidence", "losing_evidence"):
        end(call.world, dispute, won=verdict == "winning_evidence")
    return dispute


def close(call: Call) -> Object:
    """Accept the dispute as lost."""
    dispute = _open(call, "closed")
    end(call.world, dispute, won=False)
    return dispute


def _open(call: Call, done: str) -> Object:
    dispute = call.world.find("dispute", call.path["id"], status=404)
    only_metadata = done == "updated" and call.given.keys() <= {"metadata"}
    if dispute["status"] not in OPEN and not only_metadata:
        raise refused(f"This dispute cannot be {done} because it has a status of {dispute['status']}.")
    return dispute


def retrieve(call: Call) -> Object:
    return call.world.find("dispute", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("dispute"), call.given, "charge", "payment_intent")
    return lists.page(found, call.given, "/v1/disputes")


_UPDATE: Specification = {
    "evidence": mapping(**dict.fromkeys(_EVIDENCE, text(20_000))),
    "metadata": metadata(),
    "submit": boolean(),
    "intended_submission_method": choice("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"),
}
_LIST: Specification = {**PAGE, "charge": text(), "payment_intent": text()}

OPERATIONS = (
    Operation("GET", "/v1/disputes", list_all, "list:dispute", _LIST),
    Operation("GET", "/v1/disputes/{id}", retrieve, "dispute"),
    Operation("POST", "/v1/disputes/{id}", update, "dispute", _UPDATE),
    Operation("POST", "/v1/disputes/{id}/close", close, "dispute"),
)
