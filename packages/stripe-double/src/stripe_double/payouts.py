"""Payouts from an account's available balance to its bank: https://docs.stripe.com/api/payouts.

| from                | by                                          | to         |
|---------------------|---------------------------------------------|------------|
| (balance)           | create                                      | pending    |
| pending             | its arrival date, or a test                 | paid       |
| pending             | cancel                                      | canceled   |
| pending, paid       | a bank that refuses it, or a test           | failed     |

A payout that fails or is canceled comes back into the balance; one may fail after it was paid. Payouts are made on
request only (`manual`), and none is shown as `in_transit`. Source: https://docs.stripe.com/payouts.
"""

from typing import Any

from stripe_double import accounts, balance, lists
from stripe_double.errors import refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    PAGE,
    Parameter,
    Specification,
    choice,
    currency_code,
    integer,
    merged_metadata,
    metadata,
    moment,
    required,
    text,
)
from stripe_double.world import Object, World, new_id

INSTANT_ARRIVES_AFTER_S = 30 * 60
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be located.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "debit_not_authorized": "Debit transactions are not approved on your bank account.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "could_not_process": "The bank could not process this payout.",
}


def build(world: World, given: dict[str, Any], destination: str, after_s: int) -> Object:
    return {
        "id": new_id("po_1"),
        "object": "payout",
        "amount": given["amount"],
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": world.clock.now() + after_s,
        "automatic": False,
        "balance_transaction": None,
        "created": world.clock.now(),
        "currency": given["currency"],
        "description": given.get("description"),
        "destination": destination,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged_metadata({}, given.get("metadata")),
        "method": given.get("method") or "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": given.get("source_type") or "card",
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def create(call: Call) -> Object:
    world, given = call.world, call.given
    accounts.refuse_without_payouts(world)
    destination = accounts.bank_of(world, given["currency"], given.get("destination"))
    balance.refuse_beyond(world, given["amount"], given["currency"])
    is_instant = given.get("method") == "instant"
    after_s = INSTANT_ARRIVES_AFTER_S if is_instant else world.settings.payout_arrives_after_s
    payout = world.keep(build(world, given, destination["id"], after_s))
    moved = balance.record(world, payout, "payout", -payout["amount"])
    payout["balance_transaction"] = moved["id"]
    world.later(after_s, "payout_arrives", payout["id"])
    world.emit("payout.created", payout)
    return payout


def arrive(world: World, payout_id: str) -> None:
    """The arrival date has come: the bank takes the money, or refuses it."""
    payout = world.objects["payout"].get(payout_id)
    if payout is None or payout["status"] != "pending":
        return
    if why := world.failing_banks.get(payout["destination"]):
        fail(world, payout, why)
    else:
        pay(world, payout)


def pay(world: World, payout: Object) -> None:
    payout |= {"status": "paid", "trace_id": {"status": "supported", "value": new_id("", 12)}}
    world.emit("payout.paid", payout)


def fail(world: World, payout: Object, code: str) -> None:
    """Source: https://docs.stripe.com/api/payouts/failures."""
    returned = balance.record(world, payout, "payout_failure", payout["amount"])
    payout |= {
        "status": "failed",
        "failure_balance_transaction": returned["id"],
        "failure_code": code,
        "failure_message": FAILURES[code],
    }
    world.emit("payout.failed", payout)


def cancel(call: Call) -> Object:
    payout = retrieve(call)
    if payout["status"] != "pending":
        raise refused(f"Payouts can only be canceled while they are pending; this one is {payout['status']}.")
    returned = balance.record(call.world, payout, "payout_cancel", payout["amount"])
    payout |= {"status": "canceled", "failure_balance_transaction": returned["id"]}
    call.world.agenda.forget(payout["id"], "payout_arrives")
    call.world.emit("payout.canceled", payout)
    return payout


def update(call: Call) -> Object:
    payout = retrieve(call)
    before = {"metadata": payout["metadata"]}
    payout["metadata"] = merged_metadata(payout["metadata"], call.given.get("metadata", {}))
    call.world.emit("payout.updated", payout, before)
    return payout


def retrieve(call: Call) -> Object:
    return call.world.find("payout", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("payout"), call.given, "destination", "status")
    span = call.given.get("arrival_date")
    return lists.page(lists.within(found, "arrival_date", span), call.given, "/v1/payouts")


_CREATE: Specification = {
    "amount": required(integer(1)),
    "currency": required(Parameter(currency_code)),
    "description": text(),
    "destination": text(),
    "metadata": metadata(),
    "method": choice("instant", "standard"),
    "source_type": choice("bank_account", "card", "fpx"),
    "statement_descriptor": text(22),
}
_LIST: Specification = {**PAGE, "arrival_date": moment(), "destination": text(), "status": text()}
_ONE = "/v1/payouts/{id}"

OPERATIONS = (
    Operation("POST", "/v1/payouts", create, "payout", _CREATE),
    Operation("GET", "/v1/payouts", list_all, "list:payout", _LIST),
    Operation("GET", _ONE, retrieve, "payout"),
    Operation("POST", _ONE, update, "payout", {"metadata": metadata()}),
    Operation("POST", f"{_ONE}/cancel", cancel, "payout"),
)
