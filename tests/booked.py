"""What the ledger says of a trip, for tests that know the trip and not its journals."""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

TRIPS_ACCOUNTS: LiteralString = """
    select
        case
            when account.kind in ('stripe_captures', 'stripe_balance') then 'taken'
            else account.kind || coalesce(':' || account.owner_id, '')
        end as account,
        sum(entry.amount_minor)::bigint as minor
    from payment_orders as orders
    join ledger_journals as journal on journal.cause_type = 'order' and journal.cause_id = orders.id
    join ledger_entries as entry on entry.journal_id = journal.id and entry.phase = 'posted'
    join ledger_accounts as account on account.id = entry.account_id
    where orders.trip_id = %(trip_id)s
    group by 1
    having sum(entry.amount_minor) <> 0
"""
"""The sums that a trip's orders moved, debits positive. `taken` is what Stripe has captured, confirmed or not yet."""

TAKEN: LiteralString = """
    select coalesce(sum(entry.amount_minor), 0)::bigint as minor
    from ledger_entries as entry
    join ledger_accounts as account on account.id = entry.account_id
    where entry.phase = 'posted' and account.kind in ('stripe_captures', 'stripe_balance')
"""
"""What Stripe has captured for us, by the books of all trips."""

OUT_OF_BALANCE: LiteralString = """
    select journal_id from ledger_entries group by journal_id, currency having sum(amount_minor) <> 0
"""


def sums(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The rows of `TRIPS_ACCOUNTS` by account."""
    return {row["account"]: row["minor"] for row in rows}
