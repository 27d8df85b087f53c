"""The sweep of overdue orders: orders and holds that no saga moves any more are settled again.

| the order is             | for so long              | then                                               |
|--------------------------|--------------------------|----------------------------------------------------|
| pending, held            | 10 minutes               | cancelled or released, or what is owed is captured |
| processing               | 30 minutes               | captured under the same key, and so never twice    |
| failed                   | an hour                  | captured anew, or released if it was given up      |
| failed                   | the hold may last (1)    | given up: the hold is released, the debt stays     |
| captured                 | an hour                  | Stripe is asked again, and the order settled       |
| cancelled, without hold  | 10 minutes               | a hold is looked for at Stripe once, and released  |

Times count from the latest of four times: the order's last change, the end of its trip, the last request for its
settlement, and the next attempt that a settlement waits for. (1) Until `capture_before`, which Stripe told of the hold,
else for `hold_lasts_s` of the order's terms from the order's opening; it is checked every hour.

The sweeper of trips republishes the end of a trip that is not settled, which starts another saga if the last one
failed. This one finds what that one cannot see: a capture that was left for later, an order that was opened after its
trip was settled, a retry that died after the payment had failed, a webhook that never came, a hold of which neither
Stripe's response nor its webhook arrived. A settlement is requested again after the same
time, behind all others; one saga runs at a time for each trip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import measure
from rideflow.kernel.outbox import Outbox
from rideflow.payments.events import SettlementOverdue
from rideflow.payments.orders.model import CONFIRMED_WITHIN, PLACED_WITHIN, OrderState

if TYPE_CHECKING:
    from rideflow.payments.orders.store import PostgresOrders

OVERDUE_AFTER: Mapping[OrderState, timedelta] = {
    "pending": timedelta(minutes=10),
    "held": timedelta(minutes=10),
    "processing": timedelta(minutes=30),
    "failed": timedelta(hours=1),
    "captured": CONFIRMED_WITHIN,
    "cancelled": PLACED_WITHIN,
}
"""The longest time that an order of an ended trip may stay in a state; `cancelled` counts if a hold may be lost."""

_LIMIT = 200


def first_overdue_at(orders: PostgresOrders, now: datetime) -> datetime | None:
    """When the first of the orders is overdue if nothing changes."""
    return orders.first_overdue_at(OVERDUE_AFTER, now)


@dataclass(frozen=True, slots=True)
class OverdueOrders:
    """Requests the settlement of trips whose orders are overdue. Runs may overlap and be repeated."""

    orders: PostgresOrders
    outbox: Outbox
    clock: Clock
    limit: int = _LIMIT

    def sweep(self) -> dict[str, int]:
        """Run once; returns the number of trips whose settlement was requested."""
        now = self.clock()
        before = {state: now - after for state, after in OVERDUE_AFTER.items()}
        with self.outbox.transaction():
            trip_ids = self.orders.ask_for_overdue(before, now, self.limit)
            events = [SettlementOverdue(at=now, trip_id=trip_id) for trip_id in trip_ids]
            if events:
                measure("SettlementOverdue", len(events))
                self.outbox.announce(*events)
        return {"settlements_asked_for": len(events)}
