"""Requests the settlement of orders and holds that no saga moves any more.

Needs: database, event_bus.
Runs: every ten minutes.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.payments.wiring import orders_due_at, overdue_orders


def sweep_orders() -> dict[str, int]:
    return overdue_orders().sweep()


app = scheduled(sweep_orders, ahead=orders_due_at)
