"""Forgets idempotency keys a day after their use, and buckets of limits that have been full for a day.

Needs: database.
Runs: every hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.buckets import forget_full, longest_full
from rideflow.kernel.clock import utc_now
from rideflow.kernel.consumer import scheduled
from rideflow.kernel.deadline import Deadline
from rideflow.kernel.idempotency import forget_before, oldest_use

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database

KEPT_FOR = timedelta(hours=24)

BATCH = 5_000
"""Rows of one statement, and one commit."""

EACH_RUNS_FOR_S = 20
"""The function has 50 s for both; what is left has the next hour's run."""


def forgetting_due_at(look: Database) -> datetime | None:
    first = min((at for at in (oldest_use(look), longest_full(look)) if at is not None), default=None)
    return None if first is None else first + KEPT_FOR


def forget_idempotency_keys() -> dict[str, int]:
    from rideflow.kernel.postgres import database

    used_before = utc_now() - KEPT_FOR
    return {
        "forgotten": Deadline(EACH_RUNS_FOR_S).batches(lambda: forget_before(database(), used_before, BATCH)),
        "buckets": Deadline(EACH_RUNS_FOR_S).batches(lambda: forget_full(database(), used_before, BATCH)),
    }


app = scheduled(forget_idempotency_keys, ahead=forgetting_due_at)
