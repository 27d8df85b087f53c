"""Plans the next minute's sweeps for silent drivers, and reconciles what Redis knows of drivers' trips with PostgreSQL.

A schedule itself runs once a minute at most.

Needs: redis, database, heartbeat.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.supply.wiring import heartbeats_due_at, reconciliation, sweep_plan


def plan_heartbeat_sweeps() -> int:
    try:
        return sweep_plan().plan_minute()
    finally:  # also if a zone did not answer: the others are reconciled all the same
        reconciliation().run()


app = scheduled(plan_heartbeat_sweeps, ahead=heartbeats_due_at)
