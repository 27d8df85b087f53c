"""The audit log of operators' actions and attempts. Each is logged in its transaction, and never changed."""

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
    """An operator's action or attempt. `outcome` is `done` or the code of the refusal; `details` are JSON-ready."""

    at: datetime
    operator_id: UUID
    action: str
    trip_id: UUID | None
    outcome: str
    details: Mapping[str, Any]


def record(database: Database, action: OperatorAction) -> None:
    """Add the action to the log, within the transaction that is open, if any."""
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
