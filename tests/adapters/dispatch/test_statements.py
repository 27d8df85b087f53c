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
    "trip_id": uuid4(),
    "driver_id": uuid4(),
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
        "accept_offer", "assigned_request", "close_request", "decline_offer", "expire_offers", "forget_offer",
        "make_offers", "open_request", "operators_choice", "overdue_requests", "promise_of_driver", "promises_due",
        "refusal", "waiting_requests", "withdraw_from_driver", "zones_waiting",
    ],
    "rideflow.realtime": ["promised"],
    "rideflow.locations": ["admission", "ride", "trip_in_hand"],
}  # fmt: skip
LARGE = {"trips", "trip_events", "offers", "match_requests", "drivers", "driver_vehicles", "outbox"}


def scanned_whole(plan: Mapping[str, Any]) -> set[str]:
    """The large tables that the plan reads from end to end."""
    found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return (found & LARGE).union(*(scanned_whole(below) for below in plan.get("Plans", [])))


@pytest.mark.parametrize(("package", "name"), [(package, name) for package in HOT for name in HOT[package]])
def test_a_statement_finds_its_rows_by_an_index(database_url: str, package: str, name: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("set enable_seqscan = off")
        (explained,) = connection.execute("explain (format json) " + sql(package, name), EVERYTHING).fetchone()  # type: ignore[misc]

    assert scanned_whole(explained[0]["Plan"]) == set()
