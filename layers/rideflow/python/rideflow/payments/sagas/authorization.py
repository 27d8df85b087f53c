"""Card authorization in the match saga: a hold is prepared, placed by the gateway, and recorded or rejected.

If the payer's bank wants them to confirm the hold, the saga waits for that before it is recorded (`payer.py`).

The rider may cancel between the preparation and the record. The step that comes second then sees it on the order's row:
a settlement that finds the order `pending` cancels it, and the saga releases a hold recorded on a cancelled order.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Message, View
from rideflow.kernel.outbox import Outbox
from rideflow.markets.model import Markets
from rideflow.payments.errors import OrderConflictError
from rideflow.payments.events import HoldOrphaned, PaymentHeld
from rideflow.payments.orders import bookings
from rideflow.payments.orders.model import Order, hold_amount
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.payments.providers.errors import PaymentNotConfirmedError
from rideflow.payments.providers.minimums import least_charge_minor
from rideflow.payments.providers.names import Provider
from rideflow.payments.providers.port import PlacedHold, release_key
from rideflow.payments.sagas.found_holds import FoundHolds
from rideflow.trips.cancellation import (
    CARD_DECLINED,
    PAYMENT_NOT_CONFIRMED,
    PAYMENT_UNAVAILABLE,
    PaymentRejection,
)
from rideflow.trips.errors import TripConflictError
from rideflow.trips.model import ACTIVE, NOT_RIDDEN

if TYPE_CHECKING:
    from rideflow.ledger.store import PostgresLedger
    from rideflow.payments.methods.store import DefaultMethod, PostgresMethods
    from rideflow.payments.orders.payer_actions import PostgresPayerActions
    from rideflow.payments.orders.store import PostgresOrders, TripToPay


class PrepareHold(Message):
    """Prepare the hold of the trip's fare. A rematch, after its driver cancelled, has its hold already."""

    trip_id: UUID
    is_rematch: bool = False


class PreparedHold(View):
    """`place` the hold with these parameters; `held` if it is there already; `ended` if the trip is over."""

    outcome: Literal["place", "held", "ended"]
    trip_id: UUID
    order_id: UUID | None = None
    provider: Provider | None = None
    amount_minor: int | None = None
    currency: str | None = None
    customer_ref: str | None = None
    method_ref: str | None = None
    idempotency_key: str | None = None


class RecordedHold(View):
    """The next step, and its parameters.

    `held`: the hold stands. `wants_payer`: the payer is to confirm it. `ended`: the trip is over and owes nothing;
    release the hold.
    """

    outcome: Literal["held", "wants_payer", "ended"]
    trip_id: UUID
    order_id: UUID
    provider: Provider
    provider_ref: str
    idempotency_key: str


class RejectHold(Message):
    """The hold could not be placed; `reason` is stored as the order's last error.

    It is `card_declined`, `no_card`, or the name of the error because of which there is no hold.
    """

    trip_id: UUID
    reason: str = "card_declined"

    @property
    def rejection(self) -> PaymentRejection:
        """The reason for the rider: the card is at fault only if its bank declined it, or if there is none."""
        return _REJECTIONS.get(self.reason, PAYMENT_UNAVAILABLE)


class Authorization:
    """The use cases of the match saga's hold."""

    def __init__(
        self,
        orders: PostgresOrders,
        payer_actions: PostgresPayerActions,
        methods: PostgresMethods,
        ledger: PostgresLedger,
        listener: TripListener,
        *,
        outbox: Outbox,
        markets: Markets,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._payer_actions = payer_actions
        self._methods = methods
        self._ledger = ledger
        self._listener = listener
        self._outbox = outbox
        self._markets = markets
        self._clock = clock
        self._found = FoundHolds(orders, outbox, clock)

    def prepare(self, command: PrepareHold) -> PreparedHold:
        """Open the order. If the rider has no card, the trip ends as after a declined card.

        Raises `MarketWithdrawnError` if the market is not deployed any more; the saga then rejects the hold.
        """
        if command.is_rematch:
            return PreparedHold(outcome="held", trip_id=command.trip_id)
        goes_on, opened = self._opened(command.trip_id)
        if not goes_on:
            return PreparedHold(outcome="ended", trip_id=command.trip_id)
        order = opened or _fare_order(self._orders, command.trip_id)
        if order is None:
            self.reject(RejectHold(trip_id=command.trip_id, reason="no_card"))
            return PreparedHold(outcome="ended", trip_id=command.trip_id)
        if order.state != "pending":
            return PreparedHold(outcome="ended" if order.state == "cancelled" else "held", trip_id=order.trip_id)
        return PreparedHold(
            outcome="place",
            trip_id=order.trip_id,
            order_id=order.id,
            provider=order.provider,
            amount_minor=order.amount_minor,
            currency=order.currency,
            customer_ref=order.customer_ref,
            method_ref=order.method_ref,
            idempotency_key=order.hold_key,
        )

    def record(self, placed: PlacedHold) -> RecordedHold:
        """Store the placed hold and begin matching, unless the trip ended meanwhile, or the payer is to confirm it.

        Raises `OrderConflictError` if the trip has no such order, or if nothing is held of its amount: no driver is
        looked for then.
        """
        provider_ref = placed.provider_ref
        with self._outbox.transaction():
            if placed.outcome == "wants_payer":
                outcome, provider_ref = self._payer_wanted(placed)
            else:
                outcome = self._begin_matching(self._noted(placed))
        return RecordedHold(
            outcome=outcome,
            trip_id=placed.trip_id,
            order_id=placed.order_id,
            provider=placed.provider,
            provider_ref=provider_ref,
            idempotency_key=release_key(provider_ref),
        )

    def reject(self, command: RejectHold) -> None:
        """End the trip because its fare could not be held. A hold that Stripe placed all the same is released."""
        with self._outbox.transaction():
            order = _fare_order(self._orders, command.trip_id)
            if order is not None and order.state == "pending":
                self._orders.save(order.moved("cancelled", self._clock(), last_error=command.reason))
                if order.provider_ref is not None:
                    self._outbox.announce(self._orphan(order, order.provider_ref))
            with suppress(TripConflictError):  # it is matched or over: there is nothing to reject any more
                self._listener.not_held(command.trip_id, command.rejection)

    def _payer_wanted(self, placed: PlacedHold) -> tuple[Literal["held", "wants_payer", "ended"], str]:
        """Note what the payer's app needs, while the order waits for its hold; returns the hold that counts, too.

        | the order is               | its hold is | then                                                           |
        |----------------------------|-------------|----------------------------------------------------------------|
        | pending                    | not known   | note this one: `wants_payer`                                   |
        | pending                    | this one    | `wants_payer`: this step came before                           |
        | pending                    | another     | `wants_payer`, for the other one; this one is orphaned (1)     |
        | cancelled                  | not known   | note this one: `ended`, so that it is released                 |
        | cancelled                  | any         | `ended`                                                        |
        | any other                  | this one    | `held`: the saga was past this step before                     |
        | any other                  | another     | `held`; this one is orphaned (1)                               |

        (1) Unless another order that goes on has it.
        """
        order = self._order_placed_for(placed)
        if order.provider_ref is None:
            order = order.moved(order.state, self._clock(), provider_ref=placed.provider_ref)
            self._orders.save(order)
        if order.state == "cancelled":
            return "ended", placed.provider_ref
        outcome: Literal["held", "wants_payer"] = "wants_payer" if order.state == "pending" else "held"
        if order.provider_ref != placed.provider_ref:
            self._found.orphan_unless_wanted(order, order.provider, placed.provider_ref)
        elif outcome == "wants_payer":
            self._payer_actions.note(order, str(placed.client_secret), placed.publishable_key)
        return outcome, str(order.provider_ref)

    def _order_placed_for(self, placed: PlacedHold) -> Order:
        order = self._orders.find(placed.order_id)
        if order is None or order.trip_id != placed.trip_id:
            raise OrderConflictError("The trip has no such order.")
        return order

    def _noted(self, placed: PlacedHold) -> Order:
        order = self._order_placed_for(placed)
        if placed.held_minor == 0 and order.amount_minor > 0:
            raise OrderConflictError("Nothing is held of the order's amount.", order_id=order.id)
        hold = {
            "provider_ref": placed.provider_ref,
            "held_minor": placed.held_minor,
            "hold_order_id": order.id,
            "capture_before": placed.capture_before,
        }
        if order.state == "pending":
            if order.provider_ref not in (None, placed.provider_ref):
                self._outbox.announce(self._orphan(order, str(order.provider_ref)))
            order = order.moved("held", self._clock(), **hold)
            self._reserve(order, PaymentHeld.of(order, order.held_minor, self._clock()))
        elif order.provider_ref is None:
            self._reserve(order.moved(order.state, self._clock(), **hold))
        elif order.provider_ref != placed.provider_ref:
            self._found.orphan_unless_wanted(order, order.provider, placed.provider_ref)
        return order

    def _reserve(self, order: Order, *events: PaymentHeld) -> None:
        """Save the order with its hold and the events of that, and reserve the hold in the ledger."""
        self._orders.save(order, events)
        self._outbox.publish(events)
        self._ledger.post([bookings.held(order, order.updated_at)], order.updated_at)

    def _begin_matching(self, order: Order) -> Literal["held", "ended"]:
        """
        | the trip is                                           | then                                                |
        |-------------------------------------------------------|-----------------------------------------------------|
        | requested                                             | matching, `held`                                    |
        | matching, on its way                                  | `held`: this step came before                       |
        | over without a ride, nothing owed                     | `ended`: its settlement may be over too             |
        | over with a ride, or with a fee                       | `held`: the settlement captures what is owed        |
        """
        try:
            self._listener.held(order.trip_id)
        except TripConflictError:
            trip = self._orders.trip(order.trip_id)
            if trip is not None and trip.state in NOT_RIDDEN and trip.cancellation_fee_minor == 0:
                return "ended"
        return "held"

    def _opened(self, trip_id: UUID) -> tuple[bool, Order | None]:
        """Open the order of the trip's fare, if the trip goes on and its rider has a card.

        Returns whether the trip goes on, and the order, unless it was opened before. The trip is locked, and the
        statement waits for no order: other transactions lock orders first, then the trip.
        """
        with self._outbox.transaction():
            trip = self._orders.lock_trip(trip_id)
            if trip is None or trip.state not in ACTIVE:
                return False, None
            method = self._methods.default(trip.rider_id)
            order = None if method is None else self._order(trip, method)
            is_new = order is not None and self._orders.add(order)
        return True, order if is_new else None

    def _order(self, trip: TripToPay, method: DefaultMethod) -> Order:
        now, terms = self._clock(), self._markets.named(trip.market).terms.frozen
        return Order(
            id=uuid7(),
            trip_id=trip.trip_id,
            kind="fare",
            payer_id=trip.rider_id,
            rider_id=trip.rider_id,
            state="pending",
            amount_minor=hold_amount(
                trip.quoted_amount_minor, terms.hold_margin, least_charge_minor(method.provider, trip.currency)
            ),
            currency=trip.currency,
            provider=method.provider,
            customer_ref=method.customer_ref,
            method_ref=method.method_ref,
            terms=terms,
            created_at=now,
            updated_at=now,
        )

    def _orphan(self, order: Order, provider_ref: str) -> HoldOrphaned:
        return HoldOrphaned.of(order, provider_ref, self._clock())


_REJECTIONS: Mapping[str, PaymentRejection] = {
    "card_declined": CARD_DECLINED,
    "no_card": CARD_DECLINED,
    PaymentNotConfirmedError.__name__: PAYMENT_NOT_CONFIRMED,
}


def _fare_order(orders: PostgresOrders, trip_id: UUID) -> Order | None:
    return next((order for order in orders.of_trip(trip_id) if order.kind == "fare"), None)
