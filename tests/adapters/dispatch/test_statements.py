import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from rideflow.kernel.postgres import sql

NOW = datetime(2026, 10, 1, 18, tzinfo=UTC)
EVERYTHING = {
    "id": uuid4(),
    "trip_id": uuid4(),
    "driver_id": uuid4(),
    "vehicle_id": uuid4(),
    "event_id": str(uuid4()),
    "at": "2026-10-01T18:00:00Z",
    "zone": "sf-bay",
    "token": 1,
    "execution": "trip",
    "task_token": "token",
    "outcome": "cancelled",
    "limit": 1000,
    "offers_per_trip": 1,
    "offers_per_driver": 1,
    "now": NOW,
    "before": NOW,
    "kept_for": timedelta(minutes=2),
    "person_id": uuid4(),
    "expires_at": NOW + timedelta(seconds=15),
    "trip_ids": [uuid4()],
    "driver_ids": [uuid4()],
    "proposals": Jsonb(
        [
            {
                "trip_id": str(uuid4()),
                "driver_id": str(uuid4()),
                "pickup_distance_m": 1,
                "pickup_eta_s": 1,
                "rank": rank,
            }
            for rank in range(3)
        ]
    ),
}
HOT = {
    "rideflow.dispatch": [
        "assigned_request", "close_request", "decline_offer", "expire_offers", "forget_offer", "lock_driver",
        "lock_proposed", "lock_request", "make_offers", "open_request", "operators_choice", "overdue_requests",
        "promise_of_driver", "promised_trip", "promises_due", "promises_told", "promises_untold", "refusal",
        "waiting_requests", "withdraw_from_driver", "zones_waiting",
    ],
    "rideflow.locations": ["ride"],
    "rideflow.notifications": ["driver_card"],
    "rideflow.realtime": ["missed"],
    "rideflow.supply": ["admission", "trip_in_hand"],
    "rideflow.trips": ["trip_find"],
}  # fmt: skip
LARGE = {"trips", "trip_events", "offers", "match_requests", "drivers", "driver_vehicles", "outbox"}


def scanned_whole(plan: Mapping[str, Any]) -> set[str]:
    """The large tables that the plan reads from end to end."""
    found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return (found & LARGE).union(*(scanned_whole(below) for below in plan.get("Plans", [])))


def statements_of(connection: psycopg.Connection[Any], function: str) -> list[str]:
    """The statements of a function of the database, with its parameters as `explain` takes them."""
    (source, names, types) = connection.execute(
        "select prosrc, proargnames[:pronargs], proargtypes::regtype[]::text[] from pg_proc where proname = %s",
        [function],
    ).fetchone()  # type: ignore[misc]
    values = {
        "uuid": str(uuid4()),
        "text": "text",
        "interval": "2 minutes",
        "timestamp with time zone": NOW.isoformat(),
    }
    for name, kind in zip(names, types, strict=True):
        source = re.sub(rf"\b{name}\b", f"'{values[kind]}'::{kind}", source)
    return [
        re.sub(r"^perform", "select", statement)
        for statement in re.findall(r"(?:perform|(?<=return query)\s+with)\b[^;]*", source)
    ]


def test_each_statement_of_an_accept_finds_its_rows_by_an_index(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("set enable_seqscan = off")
        statements = statements_of(connection, "dispatch_accept_offer")
        plans = [connection.execute(f"explain (format json) {each}".encode()).fetchone() for each in statements]

    assert len(plans) == 4
    assert [scanned_whole(plan[0][0]["Plan"]) for plan in plans if plan] == [set()] * 4


@pytest.mark.parametrize(("package", "name"), [(package, name) for package in HOT for name in HOT[package]])
def test_a_statement_finds_its_rows_by_an_index(database_url: str, package: str, name: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("set enable_seqscan = off")
        (explained,) = connection.execute("explain (format json) " + sql(package, name), EVERYTHING).fetchone()  # type: ignore[misc]

    assert scanned_whole(explained[0]["Plan"]) == set()
