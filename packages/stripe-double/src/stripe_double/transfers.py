"""Transfers to connected accounts, and their reversals: https://docs.stripe.com/api/transfers.

A transfer takes money from the platform's available balance into that of the connected account, where a charge `py_…`
shows it. With `source_transaction` it may be asked for before the charge's money is available.
"""

from typing import Any

from stripe_double import accounts, balance, charges, lists
from stripe_double.errors import no_such, refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    CURSOR,
    PAGE,
    Parameter,
    Specification,
    boolean,
    choice,
    currency_code,
    integer,
    merged_metadata,
    metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id


def build(world: World, given: dict[str, Any]) -> Object:
    identifier = new_id("tr_1")
    url = f"/v1/transfers/{identifier}/reversals"
    return {
        "id": identifier,
        "object": "transfer",
        "amount": given["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": world.clock.now(),
        "currency": given["currency"],
        "description": given.get("description"),
        "destination": given["destination"],
        "destination_payment": None,
        "livemode": False,
        "metadata": merged_metadata({}, given.get("metadata")),
        "reversals": {"object": "list", "data": [], "has_more": False, "url": url},
        "reversed": False,
        "source_transaction": given.get("source_transaction"),
        "source_type": given.get("source_type") or "card",
        "transfer_group": given.get("transfer_group"),
    }


def create(call: Call) -> Object:
    world, given = call.world, call.given
    accounts.refuse_unknown(world, given["destination"], "destination")
    accounts.refuse_without_transfers(world, given["destination"])
    source = given.get("source_transaction")
    if source is None:
        balance.refuse_beyond(world, given["amount"], given["currency"])
    else:
        _refuse_beyond_charge(world, source, given["amount"])
    return make(world, given)


def _refuse_beyond_charge(world: World, charge_id: str, amount: int) -> None:
    charge = world.find("charge", charge_id, "source_transaction")
    taken = sum(
        each["amount"] - each["amount_reversed"]
        for each in world.all("transfer")
        if each["source_transaction"] == charge_id
    )
    if amount + taken > charge["amount_captured"]:
        message = "Cannot use the source transaction for more than its amount."
        raise refused(message, code="charge_exceeds_source_limit", param="source_transaction")


def make(world: World, given: dict[str, Any]) -> Object:
    """Move the money; the caller has checked that it may."""
    transfer = world.keep(build(world, given))
    after_s = _until_available(world, given.get("source_transaction"))
    moved = balance.record(world, transfer, "transfer", -transfer["amount"], after_s=after_s)
    transfer["balance_transaction"] = moved["id"]
    with world.acting_for(transfer["destination"]):
        payment = world.keep(charges.build_payment(world, transfer))
        came = balance.record(world, payment, "payment", transfer["amount"], after_s=after_s)
        payment["balance_transaction"] = came["id"]
    transfer["destination_payment"] = payment["id"]
    world.emit("transfer.created", transfer)
    return transfer


def _until_available(world: World, charge_id: str | None) -> int:
    """Seconds until the money of the charge is available, which its transfer waits for."""
    if charge_id is None:
        return 0
    booked = world.objects["charge"][charge_id]["balance_transaction"]
    if booked is None:
        return world.settings.funds_available_after_s
    available_on: int = world.objects["balance_transaction"][booked]["available_on"]
    return max(0, available_on - world.clock.now())


def of_charge(world: World, charge: Object) -> None:
    """The transfer of a destination charge: https://docs.stripe.com/connect/destination-charges."""
    data = charge["transfer_data"]
    if data is None:
        return
    left = charge["amount_captured"] - (charge["application_fee_amount"] or 0)
    amount = min(data["amount"] or left, charge["amount_captured"])
    given = {"amount": amount, "currency": charge["currency"], "destination": data["destination"]}
    group = charge["transfer_group"] or f"group_{charge['payment_intent']}"
    made = make(world, given | {"source_transaction": charge["id"], "transfer_group": group})
    charge |= {"transfer": made["id"], "transfer_group": group}


def update(call: Call) -> Object:
    transfer = retrieve(call)
    before = {"metadata": transfer["metadata"], "description": transfer["description"]}
    if "metadata" in call.given:
        transfer["metadata"] = merged_metadata(transfer["metadata"], call.given["metadata"])
    if "description" in call.given:
        transfer["description"] = call.given["description"]
    call.world.emit("transfer.updated", transfer, {name: before[name] for name in before if name in call.given})
    return transfer


def retrieve(call: Call) -> Object:
    return call.world.find("transfer", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("transfer"), call.given, "destination", "transfer_group")
    return lists.page(found, call.given, "/v1/transfers")


def reverse(call: Call) -> Object:
    """Take the money back, or a part of it: https://docs.stripe.com/api/transfer_reversals."""
    world, transfer = call.world, retrieve(call)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = call.given.get("amount") or left
    if amount > left or left == 0:
        raise refused(
            f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left}).", param="amount"
        )
    with world.acting_for(transfer["destination"]):
        balance.refuse_beyond(world, amount, transfer["currency"])
    return _take_back(world, transfer, amount, call.given)


def _take_back(world: World, transfer: Object, amount: int, given: dict[str, Any]) -> Object:
    reversal = {
        "id": new_id("trr_1"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": world.clock.now(),
        "currency": transfer["currency"],
        "destination_payment_refund": None,
        "metadata": merged_metadata({}, given.get("metadata")),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    world.keep(reversal)
    reversal["balance_transaction"] = balance.record(world, reversal, "transfer_refund", amount)["id"]
    with world.acting_for(transfer["destination"]):
        payment = world.find("charge", transfer["destination_payment"])
        balance.record(world, payment, "payment_refund", -amount)
        payment["amount_refunded"] += amount
        payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, reversal)
    world.emit("transfer.reversed", transfer)
    return reversal


def list_reversals(call: Call) -> Object:
    transfer = retrieve(call)
    found = lists.matching(call.world.all("transfer_reversal"), {"transfer": transfer["id"]}, "transfer")
    return lists.page(found, call.given, transfer["reversals"]["url"])


def retrieve_reversal(call: Call) -> Object:
    reversal = call.world.find("transfer_reversal", call.path["reversal"], status=404)
    if reversal["transfer"] != call.path["id"]:
        raise no_such("transfer_reversal", reversal["id"], "id", 404)
    return reversal


_CREATE: Specification = {
    "amount": required(integer(1)),
    "currency": required(Parameter(currency_code)),
    "description": text(),
    "destination": required(text()),
    "metadata": metadata(),
    "source_transaction": text(),
    "source_type": choice("bank_account", "card", "fpx"),
    "transfer_group": text(),
}
_REVERSE: Specification = {
    "amount": integer(1),
    "description": text(),
    "metadata": metadata(),
    "refund_application_fee": boolean(),
}
_LIST: Specification = {**PAGE, "destination": text(), "transfer_group": text()}
_ONE = "/v1/transfers/{id}"

OPERATIONS = (
    Operation("POST", "/v1/transfers", create, "transfer", _CREATE),
    Operation("GET", "/v1/transfers", list_all, "list:transfer", _LIST),
    Operation("GET", _ONE, retrieve, "transfer"),
    Operation("POST", _ONE, update, "transfer", {"metadata": metadata(), "description": text()}),
    Operation("POST", f"{_ONE}/reversals", reverse, "transfer_reversal", _REVERSE),
    Operation("GET", f"{_ONE}/reversals", list_reversals, "list:transfer_reversal", CURSOR),
    Operation("GET", f"{_ONE}/reversals/{{reversal}}", retrieve_reversal, "transfer_reversal"),
)
