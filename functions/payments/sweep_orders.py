"""Requests the settlement of orders and holds that no saga moves any more.

Needs: database, event_bus.
Runs: every ten minutes.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.payments.wiring import next_overdue_order, overdue_orders


def sweep_orders() -> dict[str, int]:
    return overdue_orders().sweep()


app = scheduled(sweep_orders, ahead=next_overdue_order)
