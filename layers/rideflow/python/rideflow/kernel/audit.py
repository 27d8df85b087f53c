"""The log of what operators did and tried (ID7): added to in the transaction of what was done, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rideflow.kernel.ids import uuid7

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """Who did what, when, on which trip. `outcome` is `done` or the refusal's code; `details` are JSON-ready."""

    at: datetime
    operator_id: UUID
    action: str
    trip_id: UUID | None
    outcome: str
    details: Mapping[str, Any]


def record(database: Database, action: OperatorAction) -> None:
    """Add the action to the log; inside a transaction it is committed with it."""
    from psycopg.types.json import Jsonb

    from rideflow.kernel.postgres import sql

    database.execute(
        sql("rideflow.kernel", "operator_action_add"),
        {
            "id": uuid7(),
            "at": action.at,
            "operator_id": action.operator_id,
            "action": action.action,
            "trip_id": action.trip_id,
            "outcome": action.outcome,
            "details": Jsonb(dict(action.details)),
        },
    )
