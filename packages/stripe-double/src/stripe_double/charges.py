"""Charges, which confirming a PaymentIntent makes: https://docs.stripe.com/api/charges."""

from typing import Any
from uuid import uuid4

from stripe_double import balance, lists, payment_methods, search
from stripe_double.cards import Decline
from stripe_double.faults import FaultKind, Target
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, merged_metadata, metadata, text
from stripe_double.world import Object, World, new_id

_DETAILS = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
_SEARCHED = ("amount", "created", "currency", "customer", "metadata", "status")


def build(created: int, intent: Object, method: Object) -> Object:
    """A charge that the bank has not decided yet."""
    amount = intent["amount"]
    data = intent["transfer_data"]
    from_intent = ("currency", "customer", "description", "on_behalf_of", "receipt_email", "transfer_group")
    return {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": intent["application_fee_amount"],
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
        "payment_method_details": method["card"] and {"card": _card_details(method["card"], amount), "type": "card"},
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
        "transfer_data": data and {"amount": data.get("amount"), "destination": data["destination"]},
    } | {name: intent[name] for name in from_intent}


def _card_details(card: Object, amount: int) -> Object:
    unavailable = {"status": "unavailable"}
    return {name: card[name] for name in _DETAILS} | {
        "amount_authorized": amount,
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
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
    outcome["advice_code"] = why.advice_code
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


def capture(world: World, charge: Object, amount: int, intent: Object) -> None:
    """The money is taken: it enters the balance, less Stripe's fee, now or a moment later.

    Source: https://docs.stripe.com/payments/payment-intents/asynchronous-capture.
    """
    charge |= {"captured": True, "amount_captured": amount}
    target = Target("POST", "", intent["metadata"], intent["customer"], intent["id"])
    late = world.faults.of_money(FaultKind.LATE_BALANCE_TRANSACTION, target)
    after_s = world.settings.balance_transaction_after_s if intent["capture_method"] == "automatic_async" else 0
    if late is not None:
        world.later(None if late.seconds is None else int(late.seconds), "balance_transaction", charge["id"])
    elif after_s:
        world.later(after_s, "balance_transaction", charge["id"])
    else:
        _book(world, charge)


def _book(world: World, charge: Object) -> None:
    card = world.cards.get(charge["payment_method"])
    made = balance.record_charge(world, charge, at_once=card is not None and card.bypasses_pending)
    charge["balance_transaction"] = made["id"]


def book_late(world: World, charge_id: str) -> None:
    charge = world.objects["charge"].get(charge_id)
    if charge is not None and charge["balance_transaction"] is None:
        _book(world, charge)
        world.emit("charge.updated", charge, {"balance_transaction": None})


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


def build_payment(world: World, transfer: Object) -> Object:
    """The charge of a connected account by which a transfer reaches it: https://docs.stripe.com/api/transfers/object."""
    blank = dict.fromkeys(("customer", "description", "on_behalf_of", "receipt_email", "id", "payment_method"))
    blank |= dict.fromkeys(("statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group"))
    paid = blank | {"application_fee_amount": None, "amount": transfer["amount"], "currency": transfer["currency"]}
    billing = {"address": dict.fromkeys(payment_methods.ADDRESS_PARTS), "email": None, "name": None, "phone": None}
    method = {"id": None, "billing_details": billing | {"tax_id": None}, "card": None}
    made = build(world.clock.now(), paid | {"metadata": {}}, method)
    return made | {
        "id": new_id("py_1"),
        "amount_captured": transfer["amount"],
        "captured": True,
        "paid": True,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }


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
