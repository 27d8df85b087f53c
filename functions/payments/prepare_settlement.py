"""Settle saga: what the ended trip owes, and what to do with its hold.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.settling import PreparedSettlement, SettlementWanted
from rideflow.payments.wiring import settling


def prepare_settlement(wanted: SettlementWanted) -> PreparedSettlement:
    return settling().prepare(wanted)


app = step(prepare_settlement)
