"""The balance and its transactions, which a reconciliation reads: https://docs.stripe.com/api/balance_transactions."""

import heapq
from collections import defaultdict

from stripe_double import lists
from stripe_double.errors import refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, text
from stripe_double.world import Object, World, new_id

BASIS_POINTS = 10_000

_CATEGORIES = {
    "adjustment": "dispute",
    "payment": "charge",
    "payment_refund": "refund",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}
"""Reporting categories that are not the type itself: https://docs.stripe.com/reports/reporting-categories."""


def record(world: World, source: Object, kind: str, amount: int, *, fee: int = 0, after_s: int = 0) -> Object:
    """Move `amount` into (or, if negative, out of) the balance of the account that is acted for.

    `net` is the amount without the fee. The money is available `after_s` seconds later, or at once.
    """
    now = world.clock.now()
    currency = source["currency"]
    details = {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees"}
    identifier = new_id("txn_3")
    if after_s:
        heapq.heappush(world.pending_funds, (now + after_s, identifier, world.context.account))
    return world.keep(
        {
            "id": identifier,
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now + after_s,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [{**details, "type": "stripe_fee"}] if fee else [],
            "net": amount - fee,
            "reporting_category": _CATEGORIES.get(kind, kind),
            "source": source["id"],
            "status": "pending" if after_s else "available",
            "type": kind,
        }
    )


def record_charge(world: World, charge: Object, *, at_once: bool) -> Object:
    """`at_once`: a test card whose funds are not pending first (https://docs.stripe.com/testing#available-balance)."""
    amount = charge["amount_captured"]
    rate = world.settings.fee_basis_points
    fee = (amount * rate + BASIS_POINTS // 2) // BASIS_POINTS + world.settings.fee_fixed_minor
    after_s = 0 if at_once else world.settings.funds_available_after_s
    made = record(world, charge, "charge", amount, fee=fee, after_s=after_s)
    if at_once:
        tell_available(world)
    return made


def record_refund(world: World, refund: Object) -> Object:
    """Stripe keeps its fee when it refunds."""
    after_s = world.settings.funds_available_after_s
    return record(world, refund, "refund", -refund["amount"], after_s=after_s)


def settle(world: World) -> None:
    """Make those transactions of all accounts available whose date has come."""
    accounts: dict[str | None, None] = {}
    while world.pending_funds and world.pending_funds[0][0] <= world.clock.now():
        _, transaction_id, account = heapq.heappop(world.pending_funds)
        world.stores[account]["balance_transaction"][transaction_id]["status"] = "available"
        accounts[account] = None
    for account in accounts:
        with world.acting_for(account):
            tell_available(world)


def tell_available(world: World) -> None:
    world.emit("balance.available", shown(world))


def available(world: World, currency: str) -> int:
    """What can be transferred and paid out now, in minor units."""
    found = (each for each in world.all("balance_transaction") if each["status"] == "available")
    return sum(int(each["net"]) for each in found if each["currency"] == currency)


def refuse_beyond(world: World, amount: int, currency: str) -> None:
    """Raise if less than `amount` is available. Source: https://docs.stripe.com/error-codes#balance-insufficient."""
    if amount > available(world, currency):
        message = (
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card."
        )
        raise refused(message, code="balance_insufficient")


def shown(world: World) -> Object:
    sums: dict[str, dict[str, int]] = {"available": defaultdict(int), "pending": defaultdict(int)}
    for transaction in world.all("balance_transaction"):
        sums[transaction["status"]][transaction["currency"]] += transaction["net"]
    currencies = sorted({currency for by_currency in sums.values() for currency in by_currency}) or ["usd"]
    funds = {status: [_funds(sums[status][each], each) for each in currencies] for status in sums}
    reserved = [{"amount": 0, "currency": each} for each in currencies]
    return {"object": "balance", "connect_reserved": reserved, "livemode": False, **funds}


def _funds(amount: int, currency: str) -> Object:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def retrieve(call: Call) -> Object:
    return call.world.find("balance_transaction", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("balance_transaction"), call.given, "type", "source", "currency")
    return lists.page(found, call.given, "/v1/balance_transactions")


def retrieve_balance(call: Call) -> Object:
    return shown(call.world)


_LIST: Specification = {**PAGE, "type": text(), "source": text(), "currency": text()}

OPERATIONS = (
    Operation("GET", "/v1/balance", retrieve_balance, "balance"),
    Operation("GET", "/v1/balance_transactions", list_all, "list:balance_transaction", _LIST),
    Operation("GET", "/v1/balance_transactions/{id}", retrieve, "balance_transaction"),
)
