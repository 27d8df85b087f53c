"""What became of an order's money, recorded in the caller's transaction: order, ledger, receipt and trip together.

The settle saga and the provider's webhooks record here, whichever comes first. A repeat changes nothing.

| it was                          | order     | ledger                                     | trip           | receipt |
|---------------------------------|-----------|--------------------------------------------|----------------|---------|
| captured                        | captured  | `charge`, `capture`                        | paid           | yes     |
| confirmed by the provider       | settled   | `confirm`                                  |                |         |
| less than the provider takes    | carried   | `charge`, `release`                        | paid           | yes     |
| given up                        | failed    | `charge`: the rider owes it                | payment failed | no      |
| given up, its hold is gone      | cancelled | `charge`: the rider owes it                | payment failed | no      |
| given up, and its hold ended    | cancelled | `release`                                  |                |         |
| released, since nothing is owed | cancelled | `release`                                  | settled        | no      |
| taken by hand once it was over  | as it was | `release`, `capture`, `confirm`: we owe it |                |         |
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count, logger
from rideflow.kernel.outbox import Outbox
from rideflow.payments.errors import OrderConflictError
from rideflow.payments.events import HoldReleased, PaymentCaptured, PaymentCarried, PaymentEvent, PaymentFailed
from rideflow.payments.orders import bookings
from rideflow.payments.orders.kinds import KINDS
from rideflow.payments.orders.model import Order
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.pricing.model import FareBreakdown
from rideflow.trips.model import ACTIVE, RIDDEN

if TYPE_CHECKING:
    from rideflow.ledger.store import PostgresLedger
    from rideflow.payments.orders.store import PostgresOrders


class Outcomes:
    """Records captures, failures and releases."""

    def __init__(
        self, orders: PostgresOrders, ledger: PostgresLedger, listener: TripListener, *, outbox: Outbox, clock: Clock
    ) -> None:
        self._orders = orders
        self._ledger = ledger
        self._listener = listener
        self._outbox = outbox
        self._clock = clock

    def captured(self, order: Order, captured_minor: int) -> Order:
        """Book the capture, and settle what was carried to this order; if less was captured, it waits for another."""
        if order.is_captured:
            if order.captured_minor != captured_minor:
                raise OrderConflictError("Another amount was captured before.", captured_minor=order.captured_minor)
            return order
        now = self._clock()
        order = order.moved("captured", now, captured_minor=captured_minor)
        self._save(order, PaymentCaptured.of(order, captured_minor, now), closes=True)
        if captured_minor < order.due_minor:
            self._orders.return_carried_to(order.id)
        elif order.carried_minor:
            self._orders.settle_carried_to(order.id, now)
        self._ledger.post(bookings.captured(order, now), now)
        self._listener.paid(order)
        return order

    def confirmed(self, order: Order) -> None:
        """The provider has told of the capture by itself."""
        now = self._clock()
        self._ledger.post([bookings.confirmed(order, now)], now)
        self._orders.save(order.moved("settled", now, confirmed_at=now))

    def given_up(self, order: Order) -> Order:
        """The amount cannot be taken from the hold: the rider owes it. The hold is yet to be released.

        The hold of a cancelled order is gone. `PaymentFailed` is announced once.
        """
        if order.given_up_at is not None:
            return order
        now = self._clock()
        order = order.moved(
            "cancelled" if order.state == "cancelled" else "failed", now, given_up_at=now, retry_at=None
        )
        self._save(order, PaymentFailed.of(order, order.amount_minor, now))
        self._ledger.post([bookings.charged(order, now)], now)
        self._listener.owed(order)
        return order

    def released(self, order: Order) -> None:
        """Close the order whose hold was released.

        If the order was cancelled before, its hold was searched for at the provider; it is not searched for again.

        | the order, its trip                  | then                                                                |
        |--------------------------------------|---------------------------------------------------------------------|
        | being taken, at no cost              | captured and settled: an amount of zero is booked like any other    |
        | being taken, for less than the least | carried to the rider's next ride                                    |
        | it could not be taken                | given up, if it was not before                                      |
        | over without a ride                  | the trip is settled                                                 |
        | goes on                              | nothing: the hold was not recorded, the sweep will end the trip     |
        """
        if order.state in ("captured", "carried", "settled", "refunded"):
            return
        if order.state == "processing" and order.due_minor == 0:
            self.confirmed(self.captured(order, 0))
            return
        if order.state == "processing" and order.is_below_the_least:
            self._carried(order)
            return
        if order.state in ("processing", "failed"):
            order = self.given_up(order)
        self._void_hold(order)
        now = self._clock()
        if order.may_have_lost_its_hold:
            self._orders.save(order.moved("cancelled", now, hold_looked_for_at=now))
        if order.state == "cancelled":
            return
        was_owed = order.given_up_at is not None
        self._save(order.moved("cancelled", now, carried_minor=0), HoldReleased.of(order, order.held_minor, now))
        self._orders.return_carried_to(order.id)
        if not was_owed:
            self._tell_of_no_capture(order)

    def captured_instead_of_released(self, order: Order, captured_minor: int) -> None:
        """The provider took the money before the release came.

        What was asked for is booked. If nothing was, such as after a capture by hand, the amount is booked as the
        payer's: we owe it to them. That is told to a person. The caller has locked the orders of the hold.
        """
        if order.state in _OVER:
            wanted = order.provider_ref and self._orders.of_hold(order.provider, order.provider_ref)
            if all(each.state in _OVER for each in wanted or ()):  # else a fee took over the hold
                self.captured_unasked(order, order.provider_ref, captured_minor)
            return
        if order.breakdown is None:
            _tell_a_person(order)
        if order.state == "held":
            nothing = FareBreakdown.of(order.currency, {})
            order = order.moved("processing", self._clock(), amount_minor=0, breakdown=nothing)
        if order.state in ("processing", "failed", "captured", "settled"):
            self.captured(order, captured_minor)

    def captured_unasked(self, order: Order, provider_ref: str | None, captured_minor: int) -> None:
        """The provider took the money, and no order of the hold asks for it.

        If the order is over, the amount is booked as the payer's, and nothing is reserved any more. If its trip goes
        on, its settlement will book it.
        """
        _tell_a_person(order)
        if order.state in _OVER and order.provider_ref in (None, provider_ref):
            self._void_hold(order)
            now = self._clock()
            self._ledger.post(bookings.captured_unasked(order, captured_minor, now), now)

    def _tell_of_no_capture(self, order: Order) -> None:
        trip = self._orders.trip(order.trip_id)
        if trip is None:
            raise OrderConflictError("The order's trip is not there.")
        if trip.state in RIDDEN:
            self._listener.owed(order)
        elif trip.state not in ACTIVE:
            self._listener.paid(order)

    def _carried(self, order: Order) -> None:
        now = self._clock()
        order = order.moved("carried", now, carried_minor=0)
        self._save(order, PaymentCarried.of(order, order.amount_minor, now), closes=True)
        self._orders.return_carried_to(order.id)
        self._ledger.post([bookings.charged(order, now)], now)
        self._void_hold(order)
        self._listener.paid(order)

    def _void_hold(self, order: Order) -> None:
        if order.hold_order_id is not None:
            now = self._clock()
            self._ledger.post([bookings.released(order, now)], now)

    def _save(self, order: Order, event: PaymentEvent, *, closes: bool = False) -> None:
        """Save the order with its event, and with its receipt if it `closes` and its kind has one."""
        if closes and order.breakdown is None:
            raise OrderConflictError("An order without a breakdown cannot be booked.")
        self._orders.save(order, [event], with_receipt=closes and KINDS[order.kind].has_receipt)
        self._outbox.publish([event])


_OVER = ("cancelled", "carried")
"""States of orders that take no money any more, from which none leads to `captured`."""


def _tell_a_person(order: Order) -> None:
    count("CaptureWithoutOrder")
    logger.error("captured, but no order asked for it", extra={"order_id": str(order.id)})


def order_of(orders: PostgresOrders, order_id: UUID) -> Order:
    """The order, locked. Raises `OrderConflictError` if there is none."""
    order = orders.find(order_id)
    if order is None:
        raise OrderConflictError("There is no such order.")
    return order
