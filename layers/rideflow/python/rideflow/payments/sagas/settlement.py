"""Settlement in the settle saga: the amount owed is decided, captured or released by the gateway, and booked.

The saga runs for every trip that ended, possibly twice. The amount owed follows from the end of the trip, which never
changes, and the first run stores it on the order's row; so every run decides alike. The saga or Stripe's webhook books
the capture, whichever comes first.

| the trip                   | its order           | then                                                    |
|----------------------------|---------------------|---------------------------------------------------------|
| completed                  | held, failed        | capture the final fare, at most what is held            |
| completed, at no cost      | held                | release, and book the amount of zero                    |
| completed, for too little  | held                | release, and carry the amount to the rider's next ride  |
| completed                  | given up            | release: the rider owes the amount                      |
| completed                  | failed for days     | give it up, and release                                 |
| completed                  | cancelled           | the rider owes the amount: there is no hold to take     |
| completed                  | refused as too small | release, and carry the amount to the rider's next ride |
| cancelled, with a fee      | held                | capture the fee, an order of its own on the same hold   |
| cancelled, no driver found | held                | release                                                 |
| cancelled, no driver found | pending             | cancel it; the match saga releases what it still places |
|                            | pending, hold seen  | cancel it, its hold is orphaned                         |
| any                        | failed, waits       | nothing before its next attempt is due                  |
| any                        | captured            | nothing; after an hour without a webhook ask again      |
| any                        | cancelled           | nothing; its hold is not on record: look for it, once   |

Executions may overlap: each attempt at a capture has a number, under which it is asked for and refused. A refusal of an
attempt that is over changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import Field

from rideflow.kernel.clock import Clock
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Message, View
from rideflow.kernel.observability import count, logger
from rideflow.kernel.outbox import Outbox
from rideflow.payments.errors import TripNotOverError
from rideflow.payments.events import HoldOrphaned
from rideflow.payments.orders.model import CONFIRMED_WITHIN, PLACED_WITHIN, Order
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.payments.ports import FinalFares
from rideflow.payments.providers.errors import AmountTooSmallError
from rideflow.payments.providers.names import Provider
from rideflow.payments.providers.port import release_key
from rideflow.payments.sagas.attempts import failed, is_decided
from rideflow.payments.sagas.outcomes import Outcomes, order_of
from rideflow.pricing.model import Driven, cancellation_fee
from rideflow.trips.model import ACTIVE, RIDDEN

if TYPE_CHECKING:
    from rideflow.payments.orders.store import PostgresOrders, TripToPay


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
    provider: Provider | None = None
    provider_ref: str | None = None
    amount_minor: int | None = None
    idempotency_key: str | None = None
    attempt: int = 0
    customer_ref: Annotated[str | None, Field(description="The hold's customer, if the hold is not on record")] = None


class RecordCapture(Message):
    """Book the amount that was captured for the order."""

    order_id: UUID
    captured_minor: int


class RecordRelease(Message):
    """Close the order whose hold was released; or it had been captured before, which the provider says by an amount."""

    order_id: UUID
    captured_minor: int = 0


class RecordCaptureFailure(Message):
    """Record that an attempt at the order's capture failed; `error` is the name of the error's class.

    A workflow of a former release tells no attempt: then it is the present one.
    """

    order_id: UUID
    error: str
    attempt: int | None = None


class CaptureFailureOutcome(View):
    """What becomes of the order after a capture that failed.

    | outcome    | then                                                                                          |
    |------------|-----------------------------------------------------------------------------------------------|
    | `retry`    | another attempt, after `wait_s` seconds                                                       |
    | `release`  | given up, or too small to be taken: `settlement` says which hold to release                   |
    | `later`    | the provider is away, or refuses for good: the sweep of overdue orders tries again            |
    | `captured` | a webhook told so meanwhile                                                                   |
    | `over`     | the attempt is over: another execution has recorded it                                        |
    """

    outcome: Literal["retry", "release", "later", "captured", "over"]
    trip_id: UUID
    settlement: PreparedSettlement
    wait_s: int = 0


class Settlement:
    """The use cases of the settle saga."""

    def __init__(
        self,
        orders: PostgresOrders,
        outcomes: Outcomes,
        listener: TripListener,
        pricing: FinalFares,
        *,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._outcomes = outcomes
        self._listener = listener
        self._pricing = pricing
        self._outbox = outbox
        self._clock = clock

    def prepare(self, command: PrepareSettlement) -> PreparedSettlement:
        """Decide what is owed. Raises `TripNotOverError` for a trip that goes on."""
        with self._outbox.transaction():
            orders = self._orders.of_trip(command.trip_id)
            trip = self._orders.trip(command.trip_id)
            if trip is None or trip.state in ACTIVE:
                raise TripNotOverError("The trip is not over.")
            if trip.state not in RIDDEN:  # while this waited for the locks, an order may have been opened
                orders = self._orders.of_trip(command.trip_id)
            of_kind = {order.kind: order for order in orders}
            fare, fee = of_kind.get("fare"), of_kind.get("cancellation_fee")
            prepared = self._owed(trip, fare, fee, command.driven)
            if prepared.action == "nothing" and fare is not None and self._is_to_be_looked_for(fare):
                return _asking("release", fare)
            return prepared

    def record_capture(self, command: RecordCapture) -> None:
        """Book what was captured: order, ledger, receipt and trip in one transaction. A repeat books nothing."""
        with self._outbox.transaction():
            order = order_of(self._orders, command.order_id)
            booked = self._outcomes.captured(order, command.captured_minor)
            if self._lacks_confirmation(order):  # Stripe was asked again, since its webhook never came
                self._outcomes.confirmed(booked)

    def record_release(self, command: RecordRelease) -> None:
        """Close the order whose hold is over. A repeat changes nothing."""
        with self._outbox.transaction():
            if command.captured_minor:  # the other order of the hold is read, too
                self._orders.lock_beside(command.order_id)
            order = order_of(self._orders, command.order_id)
            if command.captured_minor:
                self._outcomes.captured_instead_of_released(order, command.captured_minor)
            else:
                self._outcomes.released(order)

    def record_capture_failure(self, command: RecordCaptureFailure) -> CaptureFailureOutcome:
        """Decide on another attempt. After the last decline the rider owes the amount; the hold is to be released.

        As long as the provider is away nobody knows whether it has the money, so nothing is given up; nor is it when it
        refuses our requests for good, which an operator or a release mends. An amount that it refuses as too small is
        carried once its hold is released, whatever the table of least charges says. A repeat gets the same answer.
        """
        with self._outbox.transaction():
            order = order_of(self._orders, command.order_id)
            if order.is_captured:  # a webhook came first
                return _after("captured", order)
            if order.state not in ("processing", "failed") or command.attempt not in (None, order.attempts):
                return _after("over", order)
            if order.state == "processing" and command.error == _TOO_SMALL:
                return _after("release", self._known_to_be_too_small(order))
            if order.state == "processing":
                order = failed(order, command.error, self._clock())
                self._orders.save(order)
            if order.retry_at is not None:
                return _after("retry", order, int((order.retry_at - order.updated_at).total_seconds()))
            if not is_decided(order):
                return _after("later", order)
            return _after("release", self._outcomes.given_up(order))

    def _known_to_be_too_small(self, order: Order) -> Order:
        if order.is_below_the_least:
            return order
        count("AmountTooSmall")
        logger.warning("the provider takes more than its table says", extra={"due_minor": order.due_minor})
        order = order.moved("processing", self._clock(), last_error=_TOO_SMALL, least_minor=order.due_minor + 1)
        self._orders.save(order)
        return order

    def _owed(
        self, trip: TripToPay, fare: Order | None, fee: Order | None, driven: Driven | None
    ) -> PreparedSettlement:
        if trip.state in RIDDEN:
            return self._fare_owed(trip, fare, driven)
        if fee is None:
            return self._nothing_ridden(trip, fare)
        if fee.state == "cancelled":  # it could not be captured for days, and its hold was released
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        return self._capture(fee)

    def _fare_owed(self, trip: TripToPay, fare: Order | None, driven: Driven | None) -> PreparedSettlement:
        if fare is None or fare.state == "pending":
            self._listener.nothing_to_take(trip.trip_id)
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        if fare.breakdown is None:
            fare = self._with_final_fare(trip, fare, driven)
        if fare.state == "cancelled":  # its hold went while the trip went on: the ride is owed all the same
            self._outcomes.given_up(fare)
            return PreparedSettlement(action="nothing", trip_id=trip.trip_id)
        if fare.state == "held" and trip.has_carried:
            fare = self._with_what_was_carried(fare)
        return self._capture(fare)

    def _with_final_fare(self, trip: TripToPay, fare: Order, driven: Driven | None) -> Order:
        """The order of what the ride costs, at most what is held; without a hold, at most what was to be held."""
        full, reasons = self._pricing.final_fare(trip.quote_id, driven, _waited_s(trip))
        breakdown = full.limited_to(fare.held_minor or fare.amount_minor)
        is_limited = breakdown.total_minor < full.total_minor
        return fare.model_copy(
            update={
                "breakdown": breakdown,
                "reasons": reasons.model_copy(update={"limited_to_hold": is_limited}),
                "amount_minor": breakdown.total_minor,
                "driver_id": trip.driver_id,
                "driven_distance_m": driven.distance_m if driven else None,
                "driven_duration_s": driven.duration_s if driven else None,
            }
        )

    def _nothing_ridden(self, trip: TripToPay, fare: Order | None) -> PreparedSettlement:
        if fare is not None and fare.state == "held":
            if trip.cancellation_fee_minor == 0:
                return _asking("release", fare)
            return self._capture(self._fee_order(trip, fare))
        if fare is not None and fare.state == "pending":
            self._orders.save(fare.moved("cancelled", self._clock()))
            if fare.provider_ref is not None:  # told by a webhook; the match saga may have died since
                self._outbox.announce(HoldOrphaned.of(fare, fare.provider_ref, self._clock()))
        self._listener.nothing_owed(trip.trip_id)
        return PreparedSettlement(action="nothing", trip_id=trip.trip_id)

    def _fee_order(self, trip: TripToPay, fare: Order) -> Order:
        """Open the order of the fee. It takes over the hold of the fare's order, which is cancelled, with its end."""
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
                    "capture_before": fare.hold_ends_at,
                    "created_at": now,
                    "updated_at": now,
                }
            )
        )

    def _capture(self, order: Order) -> PreparedSettlement:
        if order.is_captured:
            return self._asked_again(order)
        if order.state == "carried":
            return PreparedSettlement(action="nothing", trip_id=order.trip_id)
        if self._hold_is_over(order):
            order = self._outcomes.given_up(order)
        if order.given_up_at is not None:
            return self._released(order, order.given_up_at)
        if self._waits_for_its_next_attempt(order):
            return PreparedSettlement(action="nothing", trip_id=order.trip_id)
        if order.state != "processing":
            order = order.moved("processing", self._clock(), attempts=order.attempts + 1)
        self._orders.save(order)
        is_taken = order.due_minor > 0 and not order.is_below_the_least
        return _asking("capture" if is_taken else "release", order)

    def _released(self, order: Order, given_up_at: datetime) -> PreparedSettlement:
        """Ask for the release of a hold that was given up, for a day at least and until it is over by itself."""
        if self._clock() < max(order.hold_ends_at, given_up_at) + _SURELY_OVER_AFTER:
            return _asking("release", order)
        self._outcomes.released(order)
        return PreparedSettlement(action="nothing", trip_id=order.trip_id)

    def _with_what_was_carried(self, order: Order) -> Order:
        """The order with the rider's amounts that wait for it, if all of it is enough to be charged."""
        if order.amount_minor == 0:
            return order
        with_carried = order.model_copy(update={"carried_minor": self._orders.carry_to(order)})
        if with_carried.is_below_the_least:
            self._orders.return_carried_to(order.id)
            return order
        return with_carried

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

    def _waits_for_its_next_attempt(self, order: Order) -> bool:
        """Whether another attempt would come sooner than the market's terms have it.

        The execution that waits for it is another one. If that one died, the sweep of overdue orders asks again.
        """
        return order.retry_at is not None and self._clock() + _CLOCKS_DIFFER_BY < order.retry_at

    def _hold_is_over(self, order: Order) -> bool:
        """Whether the hold has expired, so that another capture is useless."""
        return order.state == "failed" and self._clock() >= order.hold_ends_at


_TOO_SMALL = AmountTooSmallError.__name__
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""At most: the execution that waits is not asked to wait again because its next function's clock is late."""
_SURELY_OVER_AFTER = timedelta(days=1)
"""A hold that cannot be released is taken for over so long after its end; what it held went back to the payer then."""


def _waited_s(trip: TripToPay) -> int:
    """Seconds that the driver waited at the pickup, from a scheduled pickup time on; 0 if no position proved it."""
    if trip.arrived_at is None or trip.started_at is None or trip.arrival_distance_m is None:
        return 0
    since = max(trip.arrived_at, trip.scheduled_for or trip.arrived_at)
    return max(0, int((trip.started_at - since).total_seconds()))


def _asking(action: Literal["capture", "release"], order: Order) -> PreparedSettlement:
    """What the gateway is asked for. A hold that is not on record has no key: it is searched for first."""
    provider_ref = order.provider_ref
    release = None if provider_ref is None else release_key(provider_ref)
    return PreparedSettlement(
        action=action,
        trip_id=order.trip_id,
        order_id=order.id,
        provider=order.provider,
        provider_ref=provider_ref,
        amount_minor=order.due_minor,
        idempotency_key=order.capture_key if action == "capture" else release,
        attempt=order.attempts,
        customer_ref=order.customer_ref if provider_ref is None else None,
    )


def _after(
    outcome: Literal["retry", "release", "later", "captured", "over"], order: Order, wait_s: int = 0
) -> CaptureFailureOutcome:
    return CaptureFailureOutcome(
        outcome=outcome, trip_id=order.trip_id, settlement=_asking("release", order), wait_s=wait_s
    )
