"""The balance and its transactions, which a reconciliation reads: https://docs.stripe.com/api/balance_transactions."""

from collections import defaultdict

from stripe_double import lists
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, text
from stripe_double.world import Object, World, new_id

BASIS_POINTS = 10_000


def build(world: World, source: Object, kind: str, amount: int, fee: int) -> Object:
    """Moves `amount` into (or, if negative, out of) the balance; `net` is the amount without the fee."""
    now = world.clock.now()
    currency = source["currency"]
    details = {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees"}
    return {
        "id": new_id("txn_3"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + world.settings.funds_available_after_s,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**details, "type": "stripe_fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def record_charge(world: World, charge: Object) -> Object:
    amount = charge["amount_captured"]
    rate = world.settings.fee_basis_points
    fee = (amount * rate + BASIS_POINTS // 2) // BASIS_POINTS + world.settings.fee_fixed_minor
    return world.keep(build(world, charge, "charge", amount, fee))


def record_refund(world: World, refund: Object) -> Object:
    """Stripe keeps its fee when it refunds."""
    return world.keep(build(world, refund, "refund", -refund["amount"], 0))


def _settle(world: World) -> list[Object]:
    """The transactions; those whose date has come are made available."""
    transactions = world.all("balance_transaction")
    now = world.clock.now()
    for transaction in transactions:
        if transaction["available_on"] <= now:
            transaction["status"] = "available"
    return transactions


def retrieve(call: Call) -> Object:
    _settle(call.world)
    return call.world.find("balance_transaction", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    found = lists.matching(_settle(call.world), call.given, "type", "source", "currency")
    return lists.page(found, call.given, "/v1/balance_transactions")


def retrieve_balance(call: Call) -> Object:
    sums: dict[str, dict[str, int]] = {"available": defaultdict(int), "pending": defaultdict(int)}
    for transaction in _settle(call.world):
        sums[transaction["status"]][transaction["currency"]] += transaction["net"]
    currencies = sorted({currency for by_currency in sums.values() for currency in by_currency}) or ["usd"]
    funds = {status: [_funds(sums[status][each], each) for each in currencies] for status in sums}
    reserved = [{"amount": 0, "currency": each} for each in currencies]
    return {"object": "balance", "connect_reserved": reserved, "livemode": False, **funds}


def _funds(amount: int, currency: str) -> Object:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


_LIST: Specification = {**PAGE, "type": text(), "source": text(), "currency": text()}

OPERATIONS = (
    Operation("GET", "/v1/balance", retrieve_balance, "balance"),
    Operation("GET", "/v1/balance_transactions", list_all, "list:balance_transaction", _LIST),
    Operation("GET", "/v1/balance_transactions/{id}", retrieve, "balance_transaction"),
)
