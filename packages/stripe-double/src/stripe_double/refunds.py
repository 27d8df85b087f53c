"""Refunds: money given back. A released hold is no refund (since 2025-03-31). https://docs.stripe.com/api/refunds."""

from typing import Any

from stripe_double import balance, lists
from stripe_double.errors import invalid, refused
from stripe_double.faults import FaultKind, Target
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, choice, integer, merged_metadata, metadata, text
from stripe_double.world import Object, World, new_id


def build(world: World, charge: Object, amount: int, given: dict[str, Any]) -> Object:
    from_charge = ("currency", "customer", "payment_intent", "payment_method")
    return {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.clock.now(),
        "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": merged_metadata({}, given.get("metadata")),
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    } | {name: charge[name] for name in from_charge}


def create(call: Call) -> Object:
    world = call.world
    charge = _charge_of(call)
    amount = _refundable(world, charge, call.given.get("amount"))
    refund = world.keep(build(world, charge, amount, call.given))
    refund["balance_transaction"] = balance.record_refund(world, refund)["id"]
    _count(charge, amount)
    _foresee(world, refund, charge)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def _count(charge: Object, amount: int) -> None:
    """Count an amount as refunded; a negative one has come back."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def _foresee(world: World, refund: Object, charge: Object) -> None:
    """Let it be pending, or fail later, as its test card or a fault says. https://docs.stripe.com/testing#refunds."""
    card = world.cards.get(charge["payment_method"])
    intent = world.objects["payment_intent"].get(charge["payment_intent"] or "") or charge
    target = Target("POST", "/v1/refunds", intent["metadata"], charge["customer"], charge["payment_intent"])
    after_s: int | None = world.settings.refund_settles_after_s
    fault = world.faults.of_money(FaultKind.PENDING_REFUND, target)
    if fault is not None:
        after_s = None if fault.seconds is None else int(fault.seconds)
    if fault is not None or (card and card.refund == "is pending"):
        refund["status"] = "pending"
    if refund["status"] == "pending" or (card and card.refund == "fails later"):
        world.later(after_s, "refund_settles", refund["id"])


def settle(world: World, refund_id: str) -> None:
    """The bank's word on a refund has come: a pending one succeeds, and one of a failing test card fails."""
    refund = world.objects["refund"].get(refund_id)
    if refund is None:
        return
    card = world.cards.get(refund["payment_method"])
    if card and card.refund == "fails later":
        fail(world, refund)
    elif refund["status"] == "pending":
        succeed(world, refund)


def succeed(world: World, refund: Object) -> None:
    before, refund["status"] = {"status": refund["status"]}, "succeeded"
    _tell_update(world, refund, before)


def fail(world: World, refund: Object, reason: str = "expired_or_canceled_card") -> None:
    """The money could not be given back and returns to the balance.

    A refund can fail after it succeeded. Source: https://docs.stripe.com/refunds#failed-refunds.
    """
    charge = world.find("charge", refund["charge"], "charge")
    returned = balance.record(world, refund, "refund_failure", refund["amount"])
    before = {"status": refund["status"], "failure_reason": None, "failure_balance_transaction": None}
    refund |= {"status": "failed", "failure_reason": reason, "failure_balance_transaction": returned["id"]}
    _count(charge, -refund["amount"])
    _tell_update(world, refund, before)
    world.emit("refund.failed", refund)


def _tell_update(world: World, refund: Object, before: Object) -> None:
    """Stripe tells of an update twice, in its newer and in its older name of the event."""
    world.emit("refund.updated", refund, before)
    world.emit("charge.refund.updated", refund, before)


def _charge_of(call: Call) -> Object:
    identifier, intent_id = call.given.get("charge"), call.given.get("payment_intent")
    if not identifier and not intent_id:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise invalid(message, code="parameter_missing")
    if intent_id:
        intent = call.world.find("payment_intent", intent_id, "payment_intent")
        identifier = intent["latest_charge"] if intent["status"] == "succeeded" else None
        if identifier is None:
            raise refused(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
    charge = call.world.find("charge", str(identifier), "charge")
    if not charge["captured"]:
        raise refused(f"Charge {charge['id']} has not been captured.", code="charge_not_refundable")
    return charge


def _refundable(world: World, charge: Object, wanted: int | None) -> int:
    if charge["disputed"] and any(
        each["charge"] == charge["id"] and not each["is_charge_refundable"] for each in world.all("dispute")
    ):
        raise refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if wanted is not None and wanted > left:
        shown = [f"{amount / 100:.2f} {charge['currency']}" for amount in (wanted, left)]
        message = f"Refund amount ({shown[0]}) is greater than unrefunded amount on charge ({shown[1]})"
        raise refused(message, param="amount")
    return left if wanted is None else wanted


def retrieve(call: Call) -> Object:
    return call.world.find("refund", call.path["id"], status=404)


def update(call: Call) -> Object:
    refund = call.world.find("refund", call.path["id"], status=404)
    before = {"metadata": refund["metadata"]}
    refund["metadata"] = merged_metadata(refund["metadata"], call.given.get("metadata", {}))
    _tell_update(call.world, refund, before)
    return refund


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("refund"), call.given, "charge", "payment_intent")
    return lists.page(found, call.given, "/v1/refunds")


_CREATE: Specification = {
    "charge": text(),
    "payment_intent": text(),
    "amount": integer(1),
    "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": metadata(),
}
_LIST: Specification = {**PAGE, "charge": text(), "payment_intent": text()}

OPERATIONS = (
    Operation("POST", "/v1/refunds", create, "refund", _CREATE),
    Operation("GET", "/v1/refunds", list_all, "list:refund", _LIST),
    Operation("GET", "/v1/refunds/{id}", retrieve, "refund"),
    Operation("POST", "/v1/refunds/{id}", update, "refund", {"metadata": metadata()}),
)
