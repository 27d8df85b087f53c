"""Charges, which confirming a PaymentIntent makes: https://docs.stripe.com/api/charges."""

from typing import Any
from uuid import uuid4

from stripe_double import balance, lists, search
from stripe_double.cards import Decline
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, merged_metadata, metadata, text
from stripe_double.world import Object, World, new_id

_DETAILS = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
_SEARCHED = ("amount", "created", "currency", "customer", "metadata", "status")


def build(created: int, intent: Object, method: Object) -> Object:
    """A charge that the bank has not decided yet."""
    amount = intent["amount"]
    from_intent = ("currency", "customer", "description", "on_behalf_of", "receipt_email", "transfer_group")
    return {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "EXAMPLE",
        "captured": False,
        "created": created,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_details(method["card"], amount), "type": "card"},
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
    } | {name: intent[name] for name in from_intent}


def _card_details(card: Object, amount: int) -> Object:
    unavailable = {"status": "unavailable"}
    return {name: card[name] for name in _DETAILS} | {
        "amount_authorized": amount,
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": unavailable,
        "installments": None,
        "mandate": None,
        "multicapture": unavailable,
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": new_id("", 15),
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": None,
        "transaction_link_id": None,
    }


def approve(charge: Object, *, authenticated: bool) -> None:
    """The bank approved the charge, whose holder may have authenticated before."""
    if authenticated:
        charge["payment_method_details"]["card"]["three_d_secure"] = _three_d_secure()
    charge |= {
        "outcome": _outcome("approved_by_network", "Payment complete.", "authorized"),
        "paid": True,
        "receipt_url": f"https://pay.stripe.com/receipts/{charge['id']}",
        "status": "succeeded",
    }


def _three_d_secure() -> Object:
    """Source: https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-card-three_d_secure."""
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": str(uuid4()),
        "version": "2.2.0",
    }


def decline(charge: Object, why: Decline) -> None:
    reason = why.decline_code or why.code
    outcome = _outcome("declined_by_network", "The bank declined the payment.", "issuer_declined", reason)
    charge |= {"failure_code": why.code, "failure_message": why.message, "outcome": outcome, "paid": False}
    charge["status"] = "failed"


def _outcome(network_status: str, message: str, kind: str, reason: str | None = None) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 32,
        "seller_message": message,
        "type": kind,
    }


def capture(world: World, charge: Object, amount: int) -> None:
    """The money is taken: it enters the balance, less Stripe's fee."""
    charge |= {"captured": True, "amount_captured": amount}
    charge["balance_transaction"] = balance.record_charge(world, charge)["id"]


def retrieve(call: Call) -> Object:
    return call.world.find("charge", call.path["id"], status=404)


def update(call: Call) -> Object:
    charge = call.world.find("charge", call.path["id"], status=404)
    given: dict[str, Any] = dict(call.given)
    if "metadata" in given:
        charge["metadata"] = merged_metadata(charge["metadata"], given.pop("metadata"))
    charge |= given
    call.world.emit("charge.updated", charge)
    return charge


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("charge"), call.given, "customer", "payment_intent", "transfer_group")
    return lists.page(found, call.given, "/v1/charges")


def find(call: Call) -> Object:
    return search.search(call.world.all("charge"), call.given, _SEARCHED, "/v1/charges/search")


_LIST: Specification = {**PAGE, "customer": text(), "payment_intent": text(), "transfer_group": text()}
_UPDATE: Specification = {"metadata": metadata(), "description": text(), "receipt_email": text()}

OPERATIONS = (
    Operation("GET", "/v1/charges/search", find, "list:charge", search.ACCEPTS),
    Operation("GET", "/v1/charges", list_all, "list:charge", _LIST),
    Operation("GET", "/v1/charges/{id}", retrieve, "charge"),
    Operation("POST", "/v1/charges/{id}", update, "charge", _UPDATE),
)
