"""No state without a clock (TR8): what happens to whatever stays in a state, after how long, and who does it.

A row says what follows by itself, if nobody does what usually follows. A state from which nothing follows has no time:
it is the last one, and `then` says what must be true of it, its compensation. While a driver has a trip, some
rows count the driver's silence, and some the time in the state. The tests run every row on real stores.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class Clock(NamedTuple):
    """`after` counts from the entry into the state or, if `counts` says so, from something else.

    `by` is the function that does it, or the operation that lists it.
    """

    aggregate: str
    state: str
    after: timedelta | None
    then: str
    by: str
    counts: str = "in the state"


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_STUCK, _SILENT, _MATCHING = "kernel.sweep_stuck_trips", "trips.sweep_silent_trips", "dispatch.sweep_requests"
_ORDERS, _RIDES = "payments.sweep_orders", "trips.sweep_scheduled_rides"
_WEBHOOKS = "payments.sweep_stripe_events"
_OF_SILENCE = "of the driver's silence"
_LIST, _LONGER_RIDES = "trips.list_stuck_trips", "in the state; three times the quoted duration if that is longer"
_STILL_LONGER = "in the state; twelve hours after it is listed if that is later"
_LAST = None

# fmt: off
CLOCKS: tuple[Clock, ...] = (
    Clock("trips", "requested", _MINUTE, "told again: another match saga", _STUCK),
    Clock("trips", "requested", 7 * _MINUTE, "cancelled by us, the hold released", _STUCK),
    Clock("trips", "matching", 7 * _MINUTE, "no driver found, the hold released", _STUCK),
    Clock("trips", "driver_assigned", 3 * _MINUTE, "handed back and matched anew", _SILENT, _OF_SILENCE),
    Clock("trips", "driver_assigned", 45 * _MINUTE, "in the operators' list", _LIST),
    Clock("trips", "driver_assigned", 2 * _HOUR, "handed back and matched anew", _SILENT),
    Clock("trips", "driver_arrived", 15 * _MINUTE, "in the operators' list", _SILENT, _OF_SILENCE),
    Clock("trips", "driver_arrived", 4 * _HOUR, "cancelled by us at no cost", _SILENT, _OF_SILENCE),
    Clock("trips", "driver_arrived", _HOUR, "in the operators' list", _LIST),
    Clock("trips", "driver_arrived", 4 * _HOUR, "cancelled by us at no cost", _SILENT),
    Clock("trips", "in_progress", 15 * _MINUTE, "in the operators' list", _SILENT, _OF_SILENCE),
    Clock("trips", "in_progress", 4 * _HOUR, "completed and settled", _SILENT, _OF_SILENCE),
    Clock("trips", "in_progress", 4 * _HOUR, "in the operators' list", _LIST, _LONGER_RIDES),
    Clock("trips", "in_progress", 16 * _HOUR, "completed and settled", _SILENT, _STILL_LONGER),
    Clock("trips", "completed", 5 * _MINUTE, "told again until it is settled", _STUCK),
    Clock("trips", "no_driver_found", 5 * _MINUTE, "told again until its hold is released", _STUCK),
    Clock("trips", "cancelled", 5 * _MINUTE, "told again until its hold is released or its fee captured", _STUCK),
    Clock("trips", "payment_failed", _HOUR, "captured anew as long as the hold lasts, then released", _ORDERS),
    Clock("trips", "paid", _LAST, "the fare is captured and booked once", ""),
    Clock("requests", "open", 30 * _SECOND, "given up, its offers withdrawn", _MATCHING, "after the rider's patience"),
    Clock("requests", "assigned", _LAST, "no live offer is left", ""),
    Clock("requests", "cancelled", _LAST, "no live offer is left", ""),
    Clock("requests", "no_driver_found", _LAST, "no live offer is left", ""),
    Clock("offers", "open", 15 * _SECOND, "expired, others are asked", _MATCHING),
    Clock("offers", "promised", 2 * _MINUTE, "expired, others are asked", _MATCHING, "after the expected drop-off"),
    Clock("offers", "accepted", _LAST, "the trip was the driver's", ""),
    Clock("offers", "declined", _LAST, "the driver is free for other offers", ""),
    Clock("offers", "expired", _LAST, "the driver is free for other offers", ""),
    Clock("offers", "withdrawn", _LAST, "the driver is free for other offers", ""),
    Clock("scheduled rides", "scheduled", 10 * _MINUTE, "missed, the rider told", _RIDES, "after the pickup time"),
    Clock("scheduled rides", "dispatched", _LAST, "a trip, which has its own clocks", ""),
    Clock("scheduled rides", "missed", _LAST, "nothing was held", ""),
    Clock("scheduled rides", "cancelled", _LAST, "nothing was held", ""),
    Clock("orders", "pending", 10 * _MINUTE, "cancelled", _ORDERS, "after its trip is over"),
    Clock("orders", "held", 10 * _MINUTE, "released, or captured for what is owed", _ORDERS, "after its trip is over"),
    Clock("orders", "processing", 30 * _MINUTE, "captured under the same key", _ORDERS),
    Clock("orders", "failed", _HOUR, "captured anew", _ORDERS),
    Clock("orders", "captured", 24 * _HOUR, "Stripe is asked, and it is settled", _ORDERS),
    Clock("orders", "settled", _LAST, "booked, and confirmed by Stripe", ""),
    Clock("orders", "refunded", _LAST, "booked back", ""),
    Clock("orders", "cancelled", _LAST, "nothing was taken by it", ""),
    Clock("holds", "wanted", 10 * _MINUTE, "released, or captured for what is owed", _ORDERS, "after its trip is over"),
    Clock("holds", "not on record", 10 * _MINUTE, "looked for, and released", _ORDERS, "after the order was cancelled"),
    Clock("holds", "of no use", 96 * _HOUR, "released", _ORDERS, "after the order was opened"),
    Clock("holds", "orphaned", timedelta(0), "released", "payments.on_hold_orphaned", "from the webhook on"),
    Clock("webhooks", "stored", 15 * _MINUTE, "handled again until it is handled", _WEBHOOKS),
    Clock("webhooks", "handled", _LAST, "its news are in the books", ""),
)
# fmt: on
"""The whole product's clocks. Figures that a market sets are those of San Francisco; a test holds both together."""
