"""The proof that no cent was lost: each order's journals sum to zero, and the ledger equals Stripe's captures."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import httpx
import psycopg
from psycopg.rows import tuple_row


@dataclass(frozen=True)
class Books:
    """Amounts in minor units of the one currency. `stripe_minor` is what Stripe holds for the same trips."""

    orders: int
    unbalanced: int
    captured_minor: int
    stripe_minor: int

    @property
    def balance(self) -> bool:
        return self.unbalanced == 0 and self.captured_minor == self.stripe_minor

    def summary(self) -> dict[str, int]:
        return asdict(self)


_ORDERS = """
    select count(*), count(*) filter (where total <> 0), coalesce(sum(captured), 0)
    from (
        select sum(entry.amount_minor) as total,
               sum(entry.amount_minor) filter (where account.kind in ('stripe_captures', 'stripe_balance')) as captured
        from payment_orders as orders
        join ledger_journals as journal on journal.cause_type = 'order' and journal.cause_id = orders.id
        join ledger_entries as entry on entry.journal_id = journal.id and entry.phase = 'posted'
        join ledger_accounts as account on account.id = entry.account_id
        where orders.trip_id = any(%(trips)s::uuid[])
        group by orders.id
    ) as posted
"""


async def audit(database_url: str, stripe: httpx.AsyncClient, trip_ids: list[str]) -> Books:
    """The books of these trips, read from PostgreSQL and from Stripe."""
    async with await psycopg.AsyncConnection.connect(database_url, row_factory=tuple_row) as connection:
        cursor = await connection.execute(_ORDERS, {"trips": trip_ids})
        row = await cursor.fetchone()
    orders, unbalanced, captured_minor = row or (0, 0, 0)
    return Books(int(orders), int(unbalanced), int(captured_minor), await _captured_at_stripe(stripe, set(trip_ids)))


async def captured_for(stripe: httpx.AsyncClient, trip_id: str) -> int | None:
    """The captured amount of one trip's PaymentIntents; None if Stripe's search, which lags, knows none of them yet."""
    query = {"query": f"metadata['trip_id']:'{trip_id}'"}
    answer = await stripe.get("/v1/payment_intents/search", params=query)
    answer.raise_for_status()
    found = answer.json()["data"]
    return sum(int(intent["amount_received"]) for intent in found) if found else None


async def _captured_at_stripe(stripe: httpx.AsyncClient, trip_ids: set[str]) -> int:
    """The captured amount of all PaymentIntents whose metadata names one of the trips."""
    total = 0
    after: str | None = None
    while True:
        query = {"limit": "100"} | ({"starting_after": after} if after else {})
        answer = await stripe.get("/v1/payment_intents", params=query)
        answer.raise_for_status()
        page = answer.json()
        total += sum(
            int(intent["amount_received"]) for intent in page["data"] if intent["metadata"].get("trip_id") in trip_ids
        )
        if not page["has_more"]:
            return total
        after = page["data"][-1]["id"]
