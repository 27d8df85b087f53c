"""The timeout of every state: what happens to an aggregate that stays in a state, after how long, and by what.

A row says what follows if nothing else moves the aggregate on. A final state has no timeout; its `then` says what must
be true of it, its compensation. While a driver has a trip, some rows count how long the driver's phone is silent, and
some count the time in the state. The tests run every row on real stores.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class Timeout(NamedTuple):
    """`after` counts from the entry into the state, unless `counts` names another beginning.

    `by` is the function that acts, or the operation that lists the aggregate.
    """

    aggregate: str
    state: str
    after: timedelta | None
    then: str
    by: str
    counts: str = "in the state"


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_STALLED, _SILENT, _MATCHING = "trips.sweep_stalled_trips", "trips.sweep_silent_trips", "dispatch.sweep_requests"
_ORDERS, _RIDES = "payments.sweep_orders", "trips.sweep_scheduled_rides"
_WEBHOOKS = "payments.sweep_stripe_events"
_OF_SILENCE = "of the driver's silence"
_LIST, _LONGER_RIDES = "operations.list_stuck_trips", "in the state; three times the quoted duration if that is longer"
_STILL_LONGER = "in the state; twelve hours after it is listed if that is later"
_LAST = None

# fmt: off
STATE_TIMEOUTS: tuple[Timeout, ...] = (
    Timeout("trips", "requested", _MINUTE, "told again: another match saga", _STALLED),
    Timeout("trips", "requested", 7 * _MINUTE, "cancelled by us, the hold released", _STALLED),
    Timeout("trips", "matching", 7 * _MINUTE, "no driver found, the hold released", _STALLED),
    Timeout("trips", "driver_assigned", 3 * _MINUTE, "handed back and matched anew", _SILENT, _OF_SILENCE),
    Timeout("trips", "driver_assigned", 45 * _MINUTE, "in the operators' list", _LIST),
    Timeout("trips", "driver_assigned", 2 * _HOUR, "handed back and matched anew", _SILENT),
    Timeout("trips", "driver_arrived", 15 * _MINUTE, "in the operators' list", _SILENT, _OF_SILENCE),
    Timeout("trips", "driver_arrived", 4 * _HOUR, "cancelled by us at no cost", _SILENT, _OF_SILENCE),
    Timeout("trips", "driver_arrived", _HOUR, "in the operators' list", _LIST),
    Timeout("trips", "driver_arrived", 4 * _HOUR, "cancelled by us at no cost", _SILENT),
    Timeout("trips", "in_progress", 15 * _MINUTE, "in the operators' list", _SILENT, _OF_SILENCE),
    Timeout("trips", "in_progress", 4 * _HOUR, "completed and settled", _SILENT, _OF_SILENCE),
    Timeout("trips", "in_progress", 4 * _HOUR, "in the operators' list", _LIST, _LONGER_RIDES),
    Timeout("trips", "in_progress", 16 * _HOUR, "completed and settled", _SILENT, _STILL_LONGER),
    Timeout("trips", "completed", 5 * _MINUTE, "told again until it is settled", _STALLED),
    Timeout("trips", "no_driver_found", 5 * _MINUTE, "told again until its hold is released", _STALLED),
    Timeout("trips", "cancelled", 5 * _MINUTE, "told again until its hold is released or its fee captured", _STALLED),
    Timeout("trips", "payment_failed", _LAST, "the rider owes the fare, and its order has the hold released", ""),
    Timeout("trips", "paid", _LAST, "the fare is captured and booked once", ""),
    Timeout("requests", "open", 30 * _SECOND, "given up, offers withdrawn", _MATCHING, "after the rider's patience"),
    Timeout("requests", "assigned", _LAST, "no live offer is left", ""),
    Timeout("requests", "cancelled", _LAST, "no live offer is left", ""),
    Timeout("requests", "no_driver_found", _LAST, "no live offer is left", ""),
    Timeout("offers", "open", 15 * _SECOND, "expired, others are asked", _MATCHING),
    Timeout("offers", "promised", 2 * _MINUTE, "expired, others are asked", _MATCHING, "after the expected drop-off"),
    Timeout("offers", "accepted", _LAST, "the trip was the driver's", ""),
    Timeout("offers", "declined", _LAST, "the driver is free for other offers", ""),
    Timeout("offers", "expired", _LAST, "the driver is free for other offers", ""),
    Timeout("offers", "withdrawn", _LAST, "the driver is free for other offers", ""),
    Timeout("scheduled rides", "scheduled", 10 * _MINUTE, "missed, the rider told", _RIDES, "after the pickup time"),
    Timeout("scheduled rides", "dispatched", _LAST, "a trip, which has its own timeouts", ""),
    Timeout("scheduled rides", "missed", _LAST, "nothing was held", ""),
    Timeout("scheduled rides", "cancelled", _LAST, "nothing was held", ""),
    Timeout("orders", "pending", 10 * _MINUTE, "cancelled", _ORDERS, "after its trip ended"),
    Timeout("orders", "held", 10 * _MINUTE, "released, or captured for what is owed", _ORDERS, "after its trip ended"),
    Timeout("orders", "processing", 30 * _MINUTE, "captured under the same key", _ORDERS),
    Timeout("orders", "failed", _HOUR, "captured anew, or released if it was given up", _ORDERS, "after its next try"),
    Timeout("orders", "captured", _HOUR, "Stripe is asked, and it is settled", _ORDERS),
    Timeout("orders", "carried", _LAST, "charged with the rider's next ride", ""),
    Timeout("orders", "settled", _LAST, "booked, and confirmed by Stripe", ""),
    Timeout("orders", "refunded", _LAST, "booked back", ""),
    Timeout("orders", "cancelled", _LAST, "nothing was taken by it", ""),
    Timeout("holds", "wanted", 10 * _MINUTE, "released, or captured for what is owed", _ORDERS, "after its trip ended"),
    Timeout("holds", "not on record", 10 * _MINUTE, "looked for, and released", _ORDERS, "after the order's end"),
    Timeout("holds", "of no use", 96 * _HOUR, "released", _ORDERS, "after the order was opened"),
    Timeout("holds", "orphaned", timedelta(0), "released", "payments.on_hold_orphaned", "from the webhook on"),
    Timeout("webhooks", "stored", 15 * _MINUTE, "handled again until it is handled", _WEBHOOKS),
    Timeout("webhooks", "handled", _LAST, "its news are in the books", ""),
)
# fmt: on
"""Every state's timeout. Figures that a market sets are those of San Francisco; a test holds both together.

Trips of a market that is not deployed any more have the same timeouts. Positions of their drivers are not read, so only
the time in the state counts, and 12 hours of silence.
"""
