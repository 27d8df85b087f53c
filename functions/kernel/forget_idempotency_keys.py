"""Forgets idempotency keys a day after their use.

Needs: database.
Runs: every hour.
"""

from __future__ import annotations

from datetime import timedelta

from rideflow.kernel.clock import utc_now
from rideflow.kernel.consumer import scheduled
from rideflow.kernel.idempotency import forget_before

KEPT_FOR = timedelta(hours=24)


def forget_idempotency_keys() -> dict[str, int]:
    from rideflow.kernel.postgres import database

    return {"forgotten": forget_before(database(), utc_now() - KEPT_FOR)}


app = scheduled(forget_idempotency_keys)
