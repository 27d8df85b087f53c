"""Settle saga: decide the amount that the ended trip owes, and whether to capture or release its hold.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.settlement import PreparedSettlement, PrepareSettlement
from rideflow.payments.wiring import settlement


def prepare_settlement(command: PrepareSettlement) -> PreparedSettlement:
    return settlement().prepare(command)


app = step(prepare_settlement)
