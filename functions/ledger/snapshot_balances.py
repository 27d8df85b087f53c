"""Takes snapshots of the balances of the platform's accounts, so that reading one sums only the entries since then.

Needs: database.
Runs: every hour.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.ledger.wiring import checking, snapshot_due_at


def snapshot_balances() -> dict[str, int]:
    return checking().snapshot()


app = scheduled(snapshot_balances, ahead=snapshot_due_at)
