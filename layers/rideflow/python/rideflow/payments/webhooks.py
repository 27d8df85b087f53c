"""Stripe's webhooks: verified, stored, then handled once, in whatever order they come.

A webhook never decides what is owed. It confirms what was asked for, tells of an answer that was lost, and finds holds
that nobody waits for any more. Other shops on the same account have objects of their own, which are nothing to us.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Never, Protocol

from pydantic import Field

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import MalformedRequestError
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.ids import uuid_of
from rideflow.kernel.model import Message, View
from rideflow.kernel.observability import count, logger
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.stripe_ids import word_in
from rideflow.payments.errors import OrderConflictError, SignatureInvalidError
from rideflow.payments.events import HoldOrphaned, StripeEventReceived
from rideflow.payments.model import Order
from rideflow.payments.settlement import Settlement
from rideflow.payments.stripe_object_summary import summary_of
from rideflow.trips.model import TripState

if TYPE_CHECKING:
    from rideflow.payments.store import PostgresOrders, PostgresStripeEvents

TOLERANCE_S = 300
"""A signature older than this is a replay; Stripe signs each delivery anew."""


type Word = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,255}$")]


class StripeEvent(Message):
    """Stripe's event, as far as everybody reads it. `data.object` is the object it tells of."""

    id: Word
    type: Word
    data: dict[str, Any] | None = None

    @property
    def object(self) -> dict[str, Any]:
        """Empty for an event that tells of none."""
        told = (self.data or {}).get("object")
        return told if isinstance(told, dict) else {}


class StripeIntent(Message):
    """A PaymentIntent of ours, as far as it is read here. Somebody may have written more into its metadata."""

    id: str
    amount_received: int = 0
    metadata: dict[str, Any] = Field(default_factory=dict)


class Acknowledged(View):
    """What Stripe is answered. It repeats an event until it is."""

    received: bool = True


class WebhookSecret(Protocol):
    """Tells the secret that Stripe signs webhooks with."""

    def __call__(self) -> str: ...


class Webhooks:
    """Takes Stripe's events in."""

    def __init__(self, events: PostgresStripeEvents, secret: WebhookSecret, outbox: Outbox, clock: Clock) -> None:
        self._events = events
        self._secret = secret
        self._outbox = outbox
        self._clock = clock

    def receive(self, body: str, signature: str | None) -> Acknowledged:
        """Store a genuine event as it was sent; a repeat stores nothing. Raises `SignatureInvalidError`."""
        verify(body, signature, self._secret())
        event = read_event(body)
        news = StripeEventReceived(
            at=self._clock(), stripe_event_id=event.id, stripe_type=event.type, object=summary_of(event.object)
        )
        if self._events.add(event.id, event.type, body, news):
            self._outbox.publish([news])
        return Acknowledged()


def read_event(body: str) -> StripeEvent:
    """Raises `MalformedRequestError`. Not read as apps' bodies are: Stripe may send what no app may, such as a NUL."""
    try:
        return StripeEvent.model_validate(json.loads(body, parse_constant=_no_json))
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("This is not an event of Stripe.") from error


def _no_json(constant: str) -> Never:
    raise ValueError(f"{constant} is no JSON")


def verify(body: str, signature: str | None, secret: str) -> None:
    """Raises `SignatureInvalidError` unless Stripe signed this very body, not long ago."""
    from stripe import SignatureVerificationError, WebhookSignature

    try:
        if signature is not None and not signature.isascii():  # Stripe's library cannot compare it
            raise SignatureInvalidError("The signature is not valid.")
        WebhookSignature.verify_header(body, signature, secret, TOLERANCE_S)
    except SignatureVerificationError as error:
        raise SignatureInvalidError("The signature is not valid.") from error


class StripeEventHandler:
    """Acts on stored events."""

    def __init__(
        self,
        events: PostgresStripeEvents,
        orders: PostgresOrders,
        settlement: Settlement,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._events = events
        self._orders = orders
        self._settlement = settlement
        self._outbox = outbox
        self._clock = clock
        self._handlers = {
            "payment_intent.amount_capturable_updated": self._hold_seen,
            "payment_intent.succeeded": self._capture_seen,
            "payment_intent.canceled": self._release_seen,
        }

    def handle(self, stripe_event_id: str) -> None:
        """Do what the event asks for, and note in the same transaction that it was done.

        What is not ours is done with at once. What is ours and cannot be read, or is not recorded yet, raises, and is
        told again.
        """
        with self._outbox.transaction():
            event = self._events.take(stripe_event_id)
            if event is None:
                return
            act = self._handlers.get(event.type)
            if act is not None and self._is_ours(event.object):
                act(StripeIntent.model_validate(event.object))
            else:
                count("StripeEventIgnored", why="not_asked_for" if act is None else "not_ours")
            self._events.done(stripe_event_id, self._clock())

    def _is_ours(self, told: Mapping[str, Any]) -> bool:
        """Whether an order of ours is behind the PaymentIntent: it was there before Stripe was asked.

        | its id                             | its metadata          | then                                  |
        |------------------------------------|-----------------------|---------------------------------------|
        | a text that is no id of Stripe     | anything              | not ours; PostgreSQL may not take it  |
        | anything else                      | names an order        | ours, even if the rest is unreadable  |
        | an id                              | names none            | ours if an order has it               |
        """
        intent_id, metadata = told.get("id"), told.get("metadata")
        known_id = word_in(intent_id)
        if isinstance(intent_id, str) and known_id is None:
            return False
        order_id = uuid_of(metadata.get("order_id")) if isinstance(metadata, dict) else None
        if order_id is not None and self._orders.find(order_id) is not None:
            return True
        return known_id is not None and bool(self._orders.of_intent(known_id))

    def _hold_seen(self, intent: StripeIntent) -> None:
        """A hold is placed. Nobody may want it any more: the trip ended while Stripe was placing it.

        | the order it was placed for        | then                                                       |
        |------------------------------------|------------------------------------------------------------|
        | pending, no hold seen              | note it, so that a rejected hold is released               |
        | pending, another hold seen         | decided later: which of them is wanted is not known yet    |
        | it is the order's hold, and wanted | nothing                                                    |
        | cancelled, or has another hold     | orphaned, unless a cancellation fee is captured from it    |
        """
        order = self._order_of(intent)
        if order is None:
            return
        if order.state == "pending":
            if order.payment_intent_id not in (None, intent.id):
                raise OrderConflictError("Two holds were placed, and none is recorded yet.", order_id=str(order.id))
            self._orders.save(order.moved("pending", self._clock(), payment_intent_id=intent.id))
        elif not any(known.state != "cancelled" for known in self._orders.of_intent(intent.id)):
            self._announce(HoldOrphaned.of(order.trip_id, intent.id, self._clock()))

    def _capture_seen(self, intent: StripeIntent) -> None:
        """Money was captured: book it if the saga has not, and the order is settled."""
        wanted = [order for order in self._orders.of_intent(intent.id) if order.state in _CAPTURABLE]
        if not wanted:
            if (order := self._order_of(intent)) is not None:
                _check_recorded(order)
                count("CaptureWithoutOrder")
                logger.error("captured at Stripe, but no order asked for it", extra={"payment_intent": intent.id})
            return
        booked = self._settlement.book(wanted[0], intent.amount_received)
        if booked.state == "captured":
            self._orders.save(booked.moved("settled", self._clock(), confirmed_at=self._clock()))

    def _release_seen(self, intent: StripeIntent) -> None:
        """A hold was released: by us, or it expired after seven days."""
        if (wanted := self._order_of(intent)) is not None:
            _check_recorded(wanted)
        for order in self._orders.of_intent(intent.id):
            trip = self._orders.trip(order.trip_id)
            if order.state != "held" or trip is None or trip.cancellation_fee_minor > 0:
                continue
            if trip.state in _NOT_RIDDEN:
                self._settlement.close(order)
            else:
                count("HoldLost")
                logger.error("the hold of a trip that goes on is gone", extra={"order_id": str(order.id)})

    def _order_of(self, intent: StripeIntent) -> Order | None:
        order_id = uuid_of(intent.metadata.get("order_id"))
        return None if order_id is None else self._orders.find(order_id)

    def _announce(self, event: DomainEvent) -> None:
        self._orders.announce([event])
        self._outbox.publish([event])


def _check_recorded(order: Order) -> None:
    """Raises if the saga is still placing the order's hold: what became of it is told again once it is recorded."""
    if order.state == "pending":
        raise OrderConflictError("The hold is not recorded yet.", order_id=str(order.id))


_CAPTURABLE = frozenset({"processing", "failed", "captured", "settled"})
_NOT_RIDDEN = frozenset({TripState.CANCELLED, TripState.NO_DRIVER_FOUND})
