"""The rules of money, written down a second time, as short as they can be said. The product is held against this.

It knows how a trip ended, what was quoted, and what its market's terms were when it began. It knows no order, no saga
and no table. All amounts are minor units of the trip's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

GOES_ON = frozenset({"requested", "matching", "driver_assigned", "driver_arrived", "in_progress"})
RIDDEN = frozenset({"completed", "paid", "payment_failed"})
HELD = frozenset({"matching", "driver_assigned", "driver_arrived", "in_progress"})
"""States that a trip reaches only with its fare held."""
MOVES = {
    "new": {"pending", "processing"},
    "pending": {"held", "cancelled"},
    "held": {"processing", "cancelled"},
    "processing": {"captured", "carried", "failed", "settled"},
    "captured": {"settled", "refunded"},
    "failed": {"processing", "captured", "cancelled", "settled"},
    "carried": {"settled"},
    "settled": {"refunded"},
}
"""How an order's state may change from one commit to a later one. A fee's order begins with its capture."""


@dataclass(frozen=True)
class Terms:
    """What the market says: the quote times `hold_margin` is held, and `driver_share` of a charge is the driver's."""

    hold_margin: Decimal
    driver_share: Decimal
    cancellation_fee_minor: int


@dataclass(frozen=True)
class EndedTrip:
    """A trip as its people know it. `rider_is_at_fault` is the verdict on its cancellation."""

    state: str
    quoted_minor: int
    rider_is_at_fault: bool
    had_driver: bool
    terms: Terms


@dataclass(frozen=True)
class Books:
    """What a charge of this amount moves, debits positive, once it is paid."""

    taken: int
    driver_payable: int
    platform_revenue: int
    rider_dues: int = 0


def held(trip: EndedTrip) -> int:
    """What is reserved on the card: the quote times the margin, rounded up."""
    return int((trip.quoted_minor * trip.terms.hold_margin).quantize(Decimal(1), ROUND_CEILING))


def owed(trip: EndedTrip) -> int:
    """What the rider owes. Nobody's phone recorded these rides, so a ride costs its quote.

    | the trip              | owes                              |
    |-----------------------|-----------------------------------|
    | goes on               | nothing yet                       |
    | was ridden            | the quote                         |
    | the rider is at fault | the fee, at most the quote        |
    | ended otherwise       | nothing                           |
    """
    if trip.state in RIDDEN:
        return trip.quoted_minor
    if trip.state == "cancelled" and trip.rider_is_at_fault:
        return min(trip.terms.cancellation_fee_minor, trip.quoted_minor)
    return 0


def books(trip: EndedTrip, paid_minor: int) -> Books:
    """The books of a charged trip, of which `paid_minor` were paid."""
    charged = owed(trip)
    share = (charged * trip.terms.driver_share).quantize(Decimal(1), ROUND_HALF_EVEN) if trip.had_driver else 0
    return Books(paid_minor, -int(share), int(share) - charged, charged - paid_minor)
