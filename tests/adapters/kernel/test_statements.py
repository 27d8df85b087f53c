"""Sweepers' and operators' queries use an index: tables grow with every ride, unfinished rows do not."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from rideflow.kernel.postgres import sql

NOW = datetime(2026, 10, 1, 18, tzinfo=UTC)
STATES = ("pending", "held", "processing", "failed", "captured", "cancelled")
EVERYTHING = {
    "after": UUID(int=0),
    "due_before": NOW,
    "before": NOW,
    "id": uuid4(),
    "limit": 200,
    "now": NOW,
    "stays": Jsonb([{"market": "san_francisco", "state": "in_progress", "listed_after_s": 14_400, "quotes": 3}]),
    "unsettled_before": NOW - timedelta(minutes=30),
}
ASKED = [
    ("rideflow.kernel", "outbox_left", {}),
    ("rideflow.kernel", "outbox_set_aside", {}),
    ("rideflow.kernel", "outbox_set_aside_count", {}),
    ("rideflow.payments.orders", "orders_overdue", {"before": Jsonb(dict.fromkeys(STATES, NOW.isoformat()))}),
    ("rideflow.payments.providers.stripe", "stripe_events_unhandled", {}),
    ("rideflow.payments.providers.stripe", "stripe_events_waiting", {}),
    ("rideflow.trips", "trips_driven", {}),
    ("rideflow.trips", "trips_stuck", {}),
    ("rideflow.trips", "trips_unsettled", {}),
]
LARGE = {"outbox", "payment_orders", "stripe_events", "trips"}


def read_whole(plan: Mapping[str, Any], parts: Collection[str]) -> set[str]:
    """Large tables that the plan reads in full, and indexes that it reads in full although they are not in `parts`."""
    found = {plan["Relation Name"]} & LARGE if plan["Node Type"] == "Seq Scan" else set()
    index = plan.get("Index Name")
    if index is not None and "Index Cond" not in plan and index not in parts:
        found = {index}
    return found.union(*(read_whole(below, parts) for below in plan.get("Plans", [])))


@pytest.mark.parametrize(("package", "name", "more"), ASKED, ids=[name for _, name, _ in ASKED])
def test_unfinished_rows_are_found_by_an_index(
    database_url: str, package: str, name: str, more: dict[str, object]
) -> None:
    with psycopg.connect(database_url) as connection:
        parts = connection.execute("select indexrelid::regclass::text from pg_index where indpred is not null")
        partial = [index for (index,) in parts]
        connection.execute("set enable_seqscan = off")
        found = connection.execute("explain (format json) " + sql(package, name), EVERYTHING | more).fetchone()

    assert found is not None
    assert read_whole(found[0][0]["Plan"], partial) == set()
