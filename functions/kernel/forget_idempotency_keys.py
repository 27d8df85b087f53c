"""Forgets idempotency keys a day after their use, and buckets of limits that have been full for a day.

Needs: database.
Runs: every hour.
"""

from __future__ import annotations

from datetime import timedelta

from rideflow.kernel.buckets import forget_full
from rideflow.kernel.clock import utc_now
from rideflow.kernel.consumer import scheduled
from rideflow.kernel.idempotency import forget_before

KEPT_FOR = timedelta(hours=24)


def forget_idempotency_keys() -> dict[str, int]:
    from rideflow.kernel.postgres import database

    used_before = utc_now() - KEPT_FOR
    return {
        "forgotten": forget_before(database(), used_before),
        "buckets": forget_full(database(), used_before),
    }


app = scheduled(forget_idempotency_keys)
