"""Stripe's webhooks: verified, stored, then handled once, in whatever order they come.

A webhook never decides what is owed. It confirms a request to Stripe, replaces a lost response, and finds holds that no
saga waits for any more. Objects of other shops on the same account are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Never, Protocol

from pydantic import Field

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import MalformedRequestError
from rideflow.kernel.ids import uuid_of
from rideflow.kernel.model import Message, View
from rideflow.kernel.observability import count, logger
from rideflow.kernel.outbox import Outbox
from rideflow.payments.errors import OrderConflictError, SignatureInvalidError
from rideflow.payments.events import StripeEventReceived
from rideflow.payments.orders.model import Order
from rideflow.payments.providers.stripe.card_faces import face_told
from rideflow.payments.providers.stripe.ids import word_in
from rideflow.payments.providers.stripe.object_kept import kept_of
from rideflow.payments.providers.stripe.object_summary import summary_of
from rideflow.payments.sagas.found_holds import FoundHolds
from rideflow.payments.sagas.outcomes import Outcomes
from rideflow.trips.model import NOT_RIDDEN

if TYPE_CHECKING:
    from rideflow.payments.orders.payer_actions import PostgresPayerActions
    from rideflow.payments.orders.store import PostgresOrders
    from rideflow.payments.providers.stripe.store import PostgresStripeEvents, StoredStripeEvent

TOLERANCE_S = 300
"""The greatest age of a signature, against replays. Stripe signs each delivery anew."""


type Word = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,255}$")]


class StripeEvent(Message):
    """The members of Stripe's event that we read. `data.object` is the object that it is about."""

    id: Word
    type: Word
    created: Any = None
    data: dict[str, Any] | None = None

    @property
    def object(self) -> dict[str, Any]:
        """The event's object; empty if it carries none."""
        told = (self.data or {}).get("object")
        return told if isinstance(told, dict) else {}


class StripeIntent(Message):
    """The members of a PaymentIntent that we read, as they were stored (`kept_of`). Its metadata are ids of ours."""

    id: str
    amount_received: Annotated[int, Field(strict=True, ge=0)]
    metadata: dict[str, Any] = Field(default_factory=dict)


class Acknowledged(View):
    """The response to Stripe, which repeats an event until it gets one."""

    received: bool = True


class SigningSecrets(Protocol):
    """The secrets by which Stripe may sign webhooks: two while the secret is rotated."""

    @property
    def webhook_secrets(self) -> tuple[str, ...]: ...


class KnownSecrets(Protocol):
    """Stripe's secret as this execution environment knows it, and as it is after a rotation."""

    def current(self) -> SigningSecrets: ...

    def read_again(self) -> SigningSecrets: ...


class Webhooks:
    """Receives and stores Stripe's events."""

    def __init__(self, events: PostgresStripeEvents, secrets: KnownSecrets, outbox: Outbox, clock: Clock) -> None:
        self._events = events
        self._secrets = secrets
        self._outbox = outbox
        self._clock = clock

    def receive(self, body: str, signature: str | None) -> Acknowledged:
        """Verify an event, store what `kept_of` keeps of its object, and keep a card's face.

        A repeat stores nothing.

        Raises `SignatureInvalidError`, `MalformedRequestError`.
        """
        self._verify(body, signature)
        event = read_event(body)
        now = self._clock()
        news = StripeEventReceived(
            at=now, stripe_event_id=event.id, stripe_type=event.type, object=summary_of(event.object)
        )
        face = face_told(event.type, event.object, event.created, now)
        if self._events.add(event.id, event.type, kept_of(event.object), news, face):
            self._outbox.publish([news])
        return Acknowledged()

    def _verify(self, body: str, signature: str | None) -> None:
        """An unknown signature may be one by a secret that Stripe has had for a minute."""
        try:
            verify(body, signature, self._secrets.current().webhook_secrets)
        except SignatureInvalidError:
            verify(body, signature, self._secrets.read_again().webhook_secrets)


def read_event(body: str) -> StripeEvent:
    """Parse the body, less strictly than apps' bodies: Stripe may send a NUL. Raises `MalformedRequestError`."""
    try:
        return StripeEvent.model_validate(json.loads(body, parse_constant=_no_json))
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("This is not an event of Stripe.") from error


def _no_json(constant: str) -> Never:
    raise ValueError(f"{constant} is no JSON")


def verify(body: str, signature: str | None, secrets: Sequence[str]) -> None:
    """Raises `SignatureInvalidError` unless one of the secrets signed this body in the last `TOLERANCE_S` seconds."""
    if signature is not None and not signature.isascii():  # Stripe's library cannot compare it
        raise SignatureInvalidError("The signature is not valid.")
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise SignatureInvalidError("The signature is not valid.")


def _is_signed(body: str, signature: str | None, secret: str) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature

    try:
        return bool(WebhookSignature.verify_header(body, signature, secret, TOLERANCE_S))
    except SignatureVerificationError:
        return False


class StripeEventHandler:
    """Handles stored events."""

    def __init__(
        self,
        events: PostgresStripeEvents,
        orders: PostgresOrders,
        payer_actions: PostgresPayerActions,
        outcomes: Outcomes,
        answer_saga: Callable[[str, str], None],
        *,
        found: FoundHolds,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._events = events
        self._orders = orders
        self._payer_actions = payer_actions
        self._outcomes = outcomes
        self._found = found
        self._answer_saga = answer_saga
        self._outbox = outbox
        self._clock = clock
        self._handlers: Mapping[str, Callable[[StripeIntent], str | None]] = {
            "payment_intent.amount_capturable_updated": self._hold_seen,
            "payment_intent.payment_failed": self._refusal_seen,
            "payment_intent.succeeded": self._capture_seen,
            "payment_intent.canceled": self._release_seen,
        }

    def handle(self, stripe_event_id: str) -> None:
        """Handle the event, and mark it as handled in the same transaction.

        An event that is not about an order of ours is marked at once. One about our order raises if it cannot be read,
        or if the order's hold is not recorded yet; it is then delivered again. If a saga waits for the event, it is
        answered after the commit, and only then the event is marked: a repeat answers again.
        """
        with self._outbox.transaction():
            event = self._events.take(stripe_event_id)
            if event is None:
                return
            task_token = self._applied(event)
            if task_token is None:
                self._events.done(stripe_event_id, self._clock())
        if task_token is not None:
            self._answer_saga(task_token, event.type)
            self._events.done(stripe_event_id, self._clock())

    def _applied(self, event: StoredStripeEvent) -> str | None:
        """Apply the event. Returns the task token of a saga that waits for it, if there is one."""
        act = self._handlers.get(event.type)
        if event.type in _UNBOOKED:
            self._tell_if_unbooked(event)
        if act is None or not self._is_ours(event.object):
            count("StripeEventIgnored", why="not_asked_for" if act is None else "not_ours")
            return None
        return act(StripeIntent.model_validate(event.object))

    def _tell_if_unbooked(self, event: StoredStripeEvent) -> None:
        """Stripe has moved money of a captured order, by hand or for a bank, and nothing books that: tell a person.

        A hold that is released is refunded in Stripe's words; nothing of it was captured.
        """
        intent_id = word_in(event.object.get("payment_intent"))
        orders = () if intent_id is None else self._orders.of_hold("stripe", intent_id)
        for order in orders:
            if order.captured_minor > 0:
                count("MoneyMovedUnbooked")
                logger.error("the books lack it", extra={"stripe_type": event.type, "order_id": str(order.id)})

    def _is_ours(self, told: Mapping[str, Any]) -> bool:
        """Whether the PaymentIntent belongs to an order of ours. The order is stored before Stripe is called.

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
        return known_id is not None and bool(self._orders.of_hold("stripe", known_id))

    def _hold_seen(self, intent: StripeIntent) -> str | None:
        """A hold was placed. If the trip ended meanwhile, the hold is not needed any more.

        | the order it was placed for        | then                                                       |
        |------------------------------------|------------------------------------------------------------|
        | pending, no hold seen              | store its id, so that a rejected hold is released          |
        | pending, the payer was asked       | the saga goes on: they have confirmed it                   |
        | pending, another hold seen         | raise: it is not known yet which of them is needed         |
        | it is the order's hold, and needed | nothing                                                    |
        | cancelled, or has another hold     | orphaned, unless a cancellation fee is captured from it    |
        """
        order = self._order_of(intent)
        if order is None:
            return None
        if order.state == "pending":
            if order.provider_ref not in (None, intent.id):
                raise OrderConflictError("Two holds were placed, and none is recorded yet.", order_id=str(order.id))
            self._orders.save(order.moved("pending", self._clock(), provider_ref=intent.id))
            return self._payer_actions.answered(order)
        self._found.orphan_unless_wanted(order, "stripe", intent.id)
        return None

    def _refusal_seen(self, intent: StripeIntent) -> str | None:
        """The payer did not pass their bank's check, or its time is over. Other refusals were answers to the saga."""
        return self._payer_answered(self._order_of(intent), intent)

    def _payer_answered(self, order: Order | None, intent: StripeIntent) -> str | None:
        """The token of the saga that waits for the payer of this hold, if one does."""
        if order is None or order.state != "pending" or order.provider_ref != intent.id:
            return None
        return self._payer_actions.answered(order)

    def _capture_seen(self, intent: StripeIntent) -> None:
        """The hold was captured: book it unless the saga has, and settle the order."""
        wanted = [order for order in self._orders.of_hold("stripe", intent.id) if order.state in _CAPTURABLE]
        if not wanted:
            if (order := self._order_of(intent)) is not None:
                _check_recorded(order)
                self._outcomes.captured_unasked(order, intent.id, intent.amount_received)
            return
        booked = self._outcomes.captured(wanted[0], intent.amount_received)
        if booked.state == "captured":
            self._outcomes.confirmed(booked)

    def _release_seen(self, intent: StripeIntent) -> str | None:
        """The hold was released by us, or it expired after seven days; or its payer is not waited for any more."""
        wanted = self._order_of(intent)
        if (task_token := self._payer_answered(wanted, intent)) is not None:
            return task_token
        if wanted is not None:
            _check_recorded(wanted)
        for order in self._orders.of_hold("stripe", intent.id):
            if order.state == "cancelled":  # it was recorded on the order, and its saga did not come to its end
                self._outcomes.released(order)
                continue
            trip = self._orders.trip(order.trip_id)
            if order.state != "held" or trip is None or trip.cancellation_fee_minor > 0:
                continue
            if trip.state in NOT_RIDDEN:
                self._outcomes.released(order)
            else:
                count("HoldLost")
                logger.error("the hold of a trip that goes on is gone", extra={"order_id": str(order.id)})
        return None

    def _order_of(self, intent: StripeIntent) -> Order | None:
        order_id = uuid_of(intent.metadata.get("order_id"))
        return None if order_id is None else self._orders.find(order_id)


def _check_recorded(order: Order) -> None:
    """Raises `OrderConflictError` while the saga is placing the hold: the webhook is then delivered again."""
    if order.state == "pending":
        raise OrderConflictError("The hold is not recorded yet.", order_id=str(order.id))


_UNBOOKED = frozenset({"refund.created", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"})
"""Events of money that no journal of ours follows yet."""
_CAPTURABLE = frozenset({"processing", "failed", "captured", "settled"})
