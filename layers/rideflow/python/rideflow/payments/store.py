"""Orders and receipts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel import outbox
from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, sql
from rideflow.payments.card_faces import CardFace
from rideflow.payments.events import StripeEventReceived
from rideflow.payments.model import Card, Order, OrderState
from rideflow.pricing.model import FareBreakdown, FareReasons

_PACKAGE = "rideflow.payments"


class TripToPay(View):
    """The columns of a trip that payments reads."""

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None
    state: str
    market: str
    quote_id: UUID
    quoted_amount_minor: int
    currency: str
    cancellation_fee_minor: int
    arrived_at: datetime | None
    started_at: datetime | None
    scheduled_for: datetime | None
    arrival_distance_m: int | None


class DefaultCard(View):
    """The card that pays for a rider's trips."""

    stripe_customer_id: str
    payment_method_id: str


class Receipt(View):
    """A receipt as it is stored: the card that paid is an id."""

    order_id: UUID
    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None
    kind: str
    breakdown: FareBreakdown
    reasons: FareReasons | None = None
    amount_minor: int
    currency: str
    payment_method_id: str
    issued_at: datetime


class ReceiptWithCard(Receipt):
    """A receipt with the face of its card, as riders publish it, and the name of its order's terms.

    There is no card once the rider is erased.
    """

    card: Card | None
    terms_version: str


class StoredStripeEvent(View):
    """An event that waits to be handled. `object` has what `kept_of` keeps; it is empty if the event carries none."""

    type: str
    object: dict[str, Any]


class PostgresOrders:
    """The tables of payments. Orders are read `for update`: use `transaction()` around reading and saving."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._database.transaction():
            yield

    def lock(self, trip_id: UUID) -> None:
        """Lock the trip's orders until the transaction ends."""
        self._database.execute(sql(_PACKAGE, "lock_orders"), {"trip_id": trip_id})

    def lock_trip(self, trip_id: UUID) -> None:
        """Lock the trip: it does not end before the transaction does."""
        self._database.execute(sql(_PACKAGE, "lock_trip"), {"trip_id": trip_id})

    def trip(self, trip_id: UUID) -> TripToPay | None:
        row = self._database.one(sql(_PACKAGE, "trip_to_pay"), {"trip_id": trip_id})
        return None if row is None else stored(TripToPay, row)

    def default_card(self, rider_id: UUID) -> DefaultCard | None:
        row = self._database.one(sql(_PACKAGE, "default_card"), {"rider_id": rider_id})
        return None if row is None else stored(DefaultCard, row)

    def add(self, order: Order) -> None:
        """Open the order, unless one of the same trip and kind was opened before. Waits for no change of that one."""
        self._database.execute(sql(_PACKAGE, "order_open"), _parameters(order))

    def open(self, order: Order) -> Order:
        """The order, or the one of the same trip and kind that was opened before."""
        self.add(order)
        return next(known for known in self.of_trip(order.trip_id) if known.kind == order.kind)

    def of_trip(self, trip_id: UUID) -> list[Order]:
        return self._orders("orders_of_trip", {"trip_id": trip_id})

    def of_intent(self, payment_intent_id: str) -> list[Order]:
        return self._orders("orders_of_intent", {"payment_intent_id": payment_intent_id})

    def find(self, order_id: UUID) -> Order | None:
        return next(iter(self._orders("order_by_id", {"id": order_id})), None)

    def save(self, order: Order) -> None:
        self._database.execute(sql(_PACKAGE, "order_save"), _parameters(order))

    def ask_for_overdue(self, before: Mapping[OrderState, datetime], now: datetime, limit: int) -> set[UUID]:
        """Ids of ended trips with an overdue order, which are marked as requested at `now`.

        An order is overdue if its last change, the end of its trip and the last request are before the time that
        `before` has for its state; `cancelled` stands for orders that may have lost their hold.
        """
        times = Jsonb({state: at.isoformat() for state, at in before.items()})
        parameters = {"before": times, "now": now, "limit": limit}
        return {row["trip_id"] for row in self._database.all(sql(_PACKAGE, "orders_overdue"), parameters)}

    def first_overdue_at(self, after: Mapping[OrderState, timedelta], now: datetime) -> datetime | None:
        """When the first order is overdue, by how long one may stay in each state; `now` if its trip is not over."""
        seconds = Jsonb({state: each.total_seconds() for state, each in after.items()})
        parameters = {"after_s": seconds, "now": now}
        at: datetime | None = self._database.value(sql(_PACKAGE, "orders_next_overdue"), parameters)
        return at

    def issue(self, receipt: Receipt) -> None:
        self._database.execute(sql(_PACKAGE, "receipt_issue"), _json_parameters(receipt, "breakdown", "reasons"))

    def receipt(self, trip_id: UUID) -> ReceiptWithCard | None:
        row = self._database.one(sql(_PACKAGE, "receipt_of_trip"), {"trip_id": trip_id})
        return None if row is None else stored(ReceiptWithCard, row)

    def _orders(self, statement: str, parameters: dict[str, Any]) -> list[Order]:
        return [stored(Order, row) for row in self._database.all(sql(_PACKAGE, statement), parameters)]


class PostgresStripeEvents:
    """The table `stripe_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        event_id: str,
        type: str,  # noqa: A002
        kept: dict[str, Any],
        news: StripeEventReceived,
        face: CardFace | None = None,
    ) -> bool:
        """Store the event with `news`, the domain event about it; False if it was stored before.

        `kept` are the members of its object that `kept_of` keeps. Riders are told the `face` in the same statement.
        """
        parameters = {
            "event_id": event_id,
            "type": type,
            "object": Jsonb(kept),
            "face": None if face is None else Jsonb(face.model_dump(mode="json")),
            "received_at": news.at,
            "events": outbox.rows([news]),
        }
        return self._database.one(sql(_PACKAGE, "stripe_event_store"), parameters) is not None

    def take(self, event_id: str) -> StoredStripeEvent | None:
        """The event, locked until the transaction ends; None if it was handled, or never stored."""
        row = self._database.one(sql(_PACKAGE, "stripe_event_take"), {"event_id": event_id})
        if row is None or row["handled_at"] is not None:
            return None
        return stored(StoredStripeEvent, row)

    def done(self, event_id: str, at: datetime) -> None:
        self._database.execute(sql(_PACKAGE, "stripe_event_done"), {"event_id": event_id, "handled_at": at})

    def unhandled(self, before: datetime, limit: int) -> list[str]:
        """Ids of events that were received, and last tried, before that time; the longest untried first."""
        parameters = {"before": before, "limit": limit}
        return [row["event_id"] for row in self._database.all(sql(_PACKAGE, "stripe_events_unhandled"), parameters)]

    def longest_unhandled(self) -> datetime | None:
        """When the longest untried of the unhandled events was received or last tried; None if all are handled."""
        at: datetime | None = self._database.value(sql(_PACKAGE, "stripe_events_next"), {})
        return at

    def tried(self, event_id: str, at: datetime) -> None:
        """Record that the handling of the event failed."""
        self._database.execute(sql(_PACKAGE, "stripe_event_tried"), {"event_id": event_id, "tried_at": at})

    def waiting(self, before: datetime) -> int:
        """The number of events that were received before that time and are not handled."""
        row = self._database.one(sql(_PACKAGE, "stripe_events_waiting"), {"before": before})
        return 0 if row is None else int(row["events"])


def _parameters(order: Order) -> dict[str, Any]:
    return _json_parameters(order, "breakdown", "reasons", "terms")


def _json_parameters(model: View, *documents: str) -> dict[str, Any]:
    """The model's fields as parameters; those named in `documents` as JSON."""
    written = model.model_dump(mode="json", include=set(documents))
    wrapped = {name: None if value is None else Jsonb(value) for name, value in written.items()}
    return model.model_dump(exclude=set(documents)) | wrapped
