"""Settlement in the settle saga: the amount owed is decided, captured or released by the gateway, and booked.

The saga runs for every trip that ended, possibly twice. The amount owed follows from the end of the trip, which never
changes, and the first run stores it on the order's row; so every run decides alike. The saga or Stripe's webhook books
the capture, whichever comes first.

| the trip                   | its order           | then                                                    |
|----------------------------|---------------------|---------------------------------------------------------|
| completed                  | held, failed        | capture the final fare, at most what is held            |
| completed, at no cost      | held                | release, and book the amount of zero                    |
| completed                  | failed for days     | release: the hold is of no use any more                 |
| cancelled, with a fee      | held                | capture the fee, an order of its own on the same hold   |
| cancelled, no driver found | held                | release                                                 |
| cancelled, no driver found | pending             | cancel it; the match saga releases what it still places |
|                            | pending, hold seen  | cancel it, its hold is orphaned                         |
| any                        | captured            | nothing; after a day without a webhook ask Stripe again |
| any                        | cancelled           | nothing; its hold is not on record: look for it, once   |
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import Field

from rideflow.kernel.clock import Clock
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Message, View
from rideflow.kernel.outbox import Outbox
from rideflow.payments.errors import OrderConflictError, TripNotOverError
from rideflow.payments.events import HoldOrphaned, HoldReleased, PaymentCaptured, PaymentFailed
from rideflow.payments.orders import bookings
from rideflow.payments.orders.model import CONFIRMED_WITHIN, PLACED_WITHIN, Order
from rideflow.payments.ports import FinalFares, TripPayments
from rideflow.payments.providers.port import release_key
from rideflow.pricing.model import Driven, cancellation_fee
from rideflow.trips.model import ACTIVE, TripState

if TYPE_CHECKING:
    from rideflow.ledger.store import PostgresLedger
    from rideflow.payments.orders.store import PostgresOrders, Receipt, TripToPay


class PrepareSettlement(Message):
    """Settle a trip that ended. Distance, duration and line are those that were driven, if they are known."""

    trip_id: UUID
    driven_distance_m: int | None = None
    driven_duration_s: int | None = None
    driven_line: str | None = None
    coverage: Annotated[float, Field(ge=0, le=1)] = 1.0

    @property
    def driven(self) -> Driven | None:
        if self.driven_distance_m is None or self.driven_duration_s is None:
            return None
        return Driven(
            distance_m=self.driven_distance_m,
            duration_s=self.driven_duration_s,
            line=self.driven_line,
            coverage=self.coverage,
        )


class PreparedSettlement(View):
    """The action at the gateway, and its parameters."""

    action: Literal["capture", "release", "nothing"]
    trip_id: UUID
    order_id: UUID | None = None
    provider_ref: str | None = None
    amount_minor: int | None = None
    idempotency_key: str | None = None
    customer_ref: Annotated[str | None, Field(description="The hold's customer, if no payment intent is known")] = None


class RecordCapture(Message):
    """Book the amount that was captured for the order."""

    order_id: UUID
    captured_minor: int


class RecordRelease(Message):
    """Close the order whose hold was released."""

    order_id: UUID


class RecordCaptureFailure(Message):
    """Record that the capture of the order failed; `error` is the name of the error's class."""

    order_id: UUID
    error: str


class CaptureFailureOutcome(View):
    """`retry` after `wait_s` seconds; `failed` for good; or `captured`, if a webhook told so meanwhile."""

    outcome: Literal["retry", "failed", "captured"]
    trip_id: UUID
    wait_s: int = 0


class Settlement:
    """The use cases of the settle saga."""

    def __init__(
        self,
        orders: PostgresOrders,
        ledger: PostgresLedger,
        trips: TripPayments,
        pricing: FinalFares,
        *,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._ledger = ledger
        self._trips = trips
        self._pricing = pricing
        self._outbox = outbox
        self._clock = clock

    def prepare(self, command: PrepareSettlement) -> PreparedSettlement:
        """Decide what is owed. Raises `TripNotOverError` for a trip that goes on."""
        with self._outbox.transaction():
            self._orders.lock(command.trip_id)
            trip = self._orders.trip(command.trip_id)
            if trip is None or trip.state in ACTIVE:
                raise TripNotOverError("The trip is not over.")
            orders = {order.kind: order for order in self._orders.of_trip(command.trip_id)}
            fare, fee = orders.get("fare"), orders.get("cancellation_fee")
            prepared = self._owed(trip, fare, fee, command.driven)
            if prepared.action == "nothing" and fare is not None and self._is_to_be_looked_for(fare):
                return _asking("release", fare)
            return prepared

    def record_capture(self, command: RecordCapture) -> None:
        """Book what was captured: order, ledger, receipt and trip in one transaction. A repeat books nothing."""
        with self._outbox.transaction():
            order = self._order(command.order_id)
            booked = self.book(order, command.captured_minor)
            if self._lacks_confirmation(order):  # Stripe was asked again, since its webhook never came
                self.confirm(booked)

    def record_release(self, command: RecordRelease) -> None:
        with self._outbox.transaction():
            self.close(self._order(command.order_id))

    def record_capture_failure(self, command: RecordCaptureFailure) -> CaptureFailureOutcome:
        """Decide on another attempt. After the last one the rider owes the amount, and the trip is `payment_failed`.

        `PaymentFailed` is published once; later attempts, one an hour, may fail without it.
        """
        with self._outbox.transaction():
            order = self._order(command.order_id)
            if order.is_captured:  # a webhook came first
                return CaptureFailureOutcome(outcome="captured", trip_id=order.trip_id)
            order = order.moved("failed", self._clock(), last_error=command.error)
            self._orders.save(order)
            if command.error in _WORTH_A_RETRY and order.attempts < order.terms.capture_attempts:
                wait_s = order.terms.retry_after_s * 2 ** (order.attempts - 1)
                return CaptureFailureOutcome(outcome="retry", trip_id=order.trip_id, wait_s=wait_s)
            self._give_up(order)
        return CaptureFailureOutcome(outcome="failed", trip_id=order.trip_id)

    def book(self, order: Order, captured_minor: int) -> Order:
        """Book the capture in the caller's transaction: order, ledger, receipt and trip. A repeat changes nothing."""
        if order.is_captured:
            if order.captured_minor != captured_minor:
                raise OrderConflictError("Another amount was captured before.", captured_minor=order.captured_minor)
            return order
        now = self._clock()
        order = order.moved("captured", now, captured_minor=captured_minor)
        self._orders.save(order)
        self._ledger.post(bookings.captured(order, now), now)
        self._orders.issue(_receipt(order, now))
        self._trips.settled(order.trip_id, order.breakdown if order.kind == "fare" else None, order.driven)
        self._outbox.announce(PaymentCaptured.of(order, captured_minor, now))
        return order

    def confirm(self, order: Order) -> None:
        """The provider has told of the capture by itself. A repeat changes nothing."""
        now = self._clock()
        self._ledger.post([bookings.confirmed(order, now)], now)
        self._orders.save(order.moved("settled", now, confirmed_at=now))

    def close(self, order: Order) -> None:
        """Close the order whose hold was released, in the caller's transaction. A repeat changes nothing.

        If the order was cancelled before, its hold was searched for at Stripe; it is not searched for again.

        | the trip                 | then                                                                             |
        |--------------------------|----------------------------------------------------------------------------------|
        | over without a ride      | settled                                                                          |
        | ridden, at no cost       | paid: an amount of zero is booked like any other                                 |
        | ridden, at a cost        | its payment failed: there is nothing to capture from any more                    |
        | goes on                  | nothing: the match saga could not record the hold, the sweeper will end the trip |
        """
        if order.is_captured and order.captured_minor == 0:
            return
        if order.state == "processing" and order.amount_minor == 0:
            self.confirm(self.book(order, 0))
            return
        now = self._clock()
        if order.hold_order_id is not None:
            self._ledger.post([bookings.released(order, now)], now)
        if order.may_have_lost_its_hold:
            self._orders.save(order.moved("cancelled", now, hold_looked_for_at=now))
        if order.state == "cancelled":
            return
        self._orders.save(order.moved("cancelled", now))
        self._outbox.announce(HoldReleased.of(order, order.held_minor, now))
        state = self._trip(order.trip_id).state
        if state in _RIDDEN:
            self._trips.payment_failed(order.trip_id)
        elif state not in ACTIVE:
            self._trips.settled(order.trip_id, order.breakdown, order.driven)

    def _owed(
        self, trip: TripToPay, fare: Order | None, fee: Order | None, driven: Driven | None
    ) -> PreparedSettlement:
        if trip.state in _RIDDEN:
            return self._fare_owed(trip, fare, driven)
        if fee is None:
            return self._nothing_ridden(trip, fare)
        if fee.state == "cancelled":  # it could not be captured for days, and its hold was released
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        return self._capture(fee)

    def _fare_owed(self, trip: TripToPay, fare: Order | None, driven: Driven | None) -> PreparedSettlement:
        if trip.state == TripState.PAID:
            return self._confirmed(trip, fare)
        if fare is None or fare.state in ("pending", "cancelled"):
            self._trips.payment_failed(trip.trip_id)
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        if fare.breakdown is None:
            full, reasons = self._pricing.final_fare(trip.quote_id, driven, _waited_s(trip))
            breakdown = full.limited_to(fare.held_minor)
            is_limited = breakdown.total_minor < full.total_minor
            fare = fare.model_copy(
                update={
                    "breakdown": breakdown,
                    "reasons": reasons.model_copy(update={"limited_to_hold": is_limited}),
                    "amount_minor": breakdown.total_minor,
                    "driver_id": trip.driver_id,
                    "driven_distance_m": driven.distance_m if driven else None,
                    "driven_duration_s": driven.duration_s if driven else None,
                }
            )
        return self._capture(fare)

    def _nothing_ridden(self, trip: TripToPay, fare: Order | None) -> PreparedSettlement:
        if fare is not None and fare.state == "held":
            if trip.cancellation_fee_minor == 0:
                return _asking("release", fare)
            return self._capture(self._fee_order(trip, fare))
        if fare is not None and fare.state == "pending":
            self._orders.save(fare.moved("cancelled", self._clock()))
            if fare.provider_ref is not None:  # told by a webhook; the match saga may have died since
                self._outbox.announce(HoldOrphaned.of(fare.trip_id, fare.provider_ref, self._clock()))
        self._trips.settled(trip.trip_id, None, None)
        return PreparedSettlement(action="nothing", trip_id=trip.trip_id)

    def _give_up(self, order: Order) -> None:
        """Mark a ride as not paid. A trip without a ride counts as settled, although its fee is owed."""
        if order.kind == "fare":
            self._trips.payment_failed(order.trip_id)
        else:
            self._trips.settled(order.trip_id, None, None)
        if order.given_up_at is None:
            self._orders.save(order.moved("failed", self._clock(), given_up_at=self._clock()))
            self._outbox.announce(PaymentFailed.of(order, order.amount_minor, self._clock()))

    def _fee_order(self, trip: TripToPay, fare: Order) -> Order:
        """Open the order of the fee. It takes over the hold of the fare's order, which is cancelled."""
        now = self._clock()
        self._orders.save(fare.moved("cancelled", now, hold_order_id=None))
        breakdown = cancellation_fee(fare.currency, trip.cancellation_fee_minor).limited_to(fare.held_minor)
        return self._orders.open(
            fare.model_copy(
                update={
                    "id": uuid7(),
                    "kind": "cancellation_fee",
                    "state": "processing",
                    "driver_id": trip.driver_id,
                    "amount_minor": breakdown.total_minor,
                    "breakdown": breakdown,
                    "attempts": 1,
                    "created_at": now,
                    "updated_at": now,
                }
            )
        )

    def _capture(self, order: Order) -> PreparedSettlement:
        if order.is_captured:
            return self._asked_again(order)
        if self._hold_is_over(order):
            self._orders.save(order)
            return _asking("release", order)
        if order.state != "processing":
            order = order.moved("processing", self._clock(), attempts=order.attempts + 1)
        self._orders.save(order)
        return _asking("capture" if order.amount_minor else "release", order)

    def _confirmed(self, trip: TripToPay, fare: Order | None) -> PreparedSettlement:
        if fare is None:
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        return self._asked_again(fare)

    def _asked_again(self, order: Order) -> PreparedSettlement:
        """Repeat a capture that no webhook confirmed: Stripe repeats its response and captures nothing twice."""
        if self._lacks_confirmation(order):
            return _asking("capture", order)
        return PreparedSettlement(action="nothing", trip_id=order.trip_id)

    def _lacks_confirmation(self, order: Order) -> bool:
        return order.state == "captured" and self._clock() - order.updated_at >= CONFIRMED_WITHIN

    def _is_to_be_looked_for(self, order: Order) -> bool:
        """Whether Stripe may have a hold that is not on record, and no saga is placing it any more."""
        return order.may_have_lost_its_hold and self._clock() - order.updated_at >= PLACED_WITHIN

    def _hold_is_over(self, order: Order) -> bool:
        """Whether the hold has expired, so that another capture is useless."""
        return order.state == "failed" and self._clock() >= order.hold_ends_at

    def _order(self, order_id: UUID) -> Order:
        order = self._orders.find(order_id)
        if order is None:
            raise OrderConflictError("There is no such order.")
        return order

    def _trip(self, trip_id: UUID) -> TripToPay:
        trip = self._orders.trip(trip_id)
        if trip is None:
            raise OrderConflictError("The order's trip is not there.")
        return trip


_RIDDEN = frozenset({TripState.COMPLETED, TripState.PAID, TripState.PAYMENT_FAILED})
_WORTH_A_RETRY = frozenset({"PaymentDeclinedError", "ProviderUnavailableError"})
"""Errors after which another attempt, under another idempotency key, may succeed."""


def _waited_s(trip: TripToPay) -> int:
    """Seconds that the driver waited at the pickup, from a scheduled pickup time on; 0 if no position proved it."""
    if trip.arrived_at is None or trip.started_at is None or trip.arrival_distance_m is None:
        return 0
    since = max(trip.arrived_at, trip.scheduled_for or trip.arrived_at)
    return max(0, int((trip.started_at - since).total_seconds()))


def _asking(action: Literal["capture", "release"], order: Order) -> PreparedSettlement:
    """What the gateway is asked for. A hold that is not on record has no key: it is searched for first."""
    intent_id = order.provider_ref
    release = None if intent_id is None else release_key(intent_id)
    return PreparedSettlement(
        action=action,
        trip_id=order.trip_id,
        order_id=order.id,
        provider_ref=intent_id,
        amount_minor=order.amount_minor,
        idempotency_key=order.capture_key if action == "capture" else release,
        customer_ref=order.customer_ref if intent_id is None else None,
    )


def _receipt(order: Order, issued_at: datetime) -> Receipt:
    from rideflow.payments.orders.store import Receipt

    if order.breakdown is None:
        raise OrderConflictError("An order without a breakdown cannot be booked.")
    return Receipt(
        order_id=order.id,
        trip_id=order.trip_id,
        rider_id=order.rider_id,
        driver_id=order.driver_id,
        kind=order.kind,
        breakdown=order.breakdown,
        reasons=order.reasons,
        amount_minor=order.captured_minor,
        currency=order.currency,
        provider=order.provider,
        method_ref=order.method_ref,
        issued_at=issued_at,
    )
