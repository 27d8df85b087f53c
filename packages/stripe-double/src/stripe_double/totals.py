"""Totals of the double's money, with which a ledger must agree."""

from collections import Counter, defaultdict
from typing import Any

from stripe_double.world import Object, World


def totals(world: World, metadata_key: str | None = None) -> dict[str, Any]:
    """In minor units, all currencies together.

    `by_metadata` sums per value of `metadata_key`, and is empty without one.
    """
    intents = world.all("payment_intent")
    refunded = _refunded(world)
    by_metadata: dict[str, Counter[str]] = defaultdict(Counter)
    for intent in intents:
        if metadata_key and (value := intent["metadata"].get(metadata_key)):
            by_metadata[value].update(_figures(intent, refunded[intent["id"]]) | {"payment_intents": 1})
    overall: Counter[str] = Counter()
    for intent in intents:
        overall.update(_figures(intent, refunded[intent["id"]]))
    fees = sum(transaction["fee"] for transaction in world.all("balance_transaction"))
    return {
        "captured_minor": overall["captured_minor"],
        "refunded_minor": overall["refunded_minor"],
        "held_minor": overall["held_minor"],
        "fees_minor": fees,
        "payment_intents": dict(Counter(intent["status"] for intent in intents)),
        "by_metadata": {value: dict(figures) for value, figures in by_metadata.items()},
    }


def _figures(intent: Object, refunded_minor: int) -> dict[str, int]:
    return {
        "captured_minor": intent["amount_received"],
        "refunded_minor": refunded_minor,
        "held_minor": intent["amount_capturable"],
    }


def _refunded(world: World) -> Counter[str]:
    """Money given back per PaymentIntent; what a bank refused is not."""
    sums: Counter[str] = Counter()
    for refund in world.all("refund"):
        if refund["status"] != "failed":
            sums[refund["payment_intent"]] += refund["amount"]
    return sums
