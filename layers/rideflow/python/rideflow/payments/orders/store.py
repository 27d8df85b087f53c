"""Orders and receipts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel import outbox
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, sql
from rideflow.payments.orders.model import Card, Order, OrderState
from rideflow.payments.providers.names import Provider
from rideflow.pricing.model import FareBreakdown, FareReasons

_PACKAGE = "rideflow.payments.orders"
_DOCUMENTS = {"breakdown", "reasons", "terms"}


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
    has_carried: bool = False
    """Whether amounts that were too small to be charged wait for the rider's next ride."""


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
    carried_minor: int
    charged_minor: int
    currency: str
    provider: Provider
    method_ref: str
    issued_at: datetime


class ReceiptWithCard(Receipt):
    """A receipt with the face of its card, and the name of its order's terms.

    There is no card once the rider is erased.
    """

    card: Card | None
    terms_version: str


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

    def lock_beside(self, order_id: UUID) -> None:
        """Lock all orders of this one's trip until the transaction ends."""
        self._database.execute(sql(_PACKAGE, "lock_orders_beside"), {"order_id": order_id})

    def lock_trip(self, trip_id: UUID) -> TripToPay | None:
        """The trip, locked: it does not end before the transaction does."""
        return self._trip("lock_trip", trip_id)

    def trip(self, trip_id: UUID) -> TripToPay | None:
        return self._trip("trip_to_pay", trip_id)

    def add(self, order: Order) -> bool:
        """Open the order, unless one of the same trip, kind and number was opened before; returns whether it was.

        Waits for no change of that one.
        """
        return self._database.execute(sql(_PACKAGE, "order_open"), _parameters(order)) == 1

    def open(self, order: Order) -> Order:
        """The order, or the one of the same trip, kind and number that was opened before."""
        self.add(order)
        return next(
            known for known in self.of_trip(order.trip_id) if (known.kind, known.number) == (order.kind, order.number)
        )

    def of_trip(self, trip_id: UUID) -> list[Order]:
        """The trip's orders, locked until the transaction ends.

        Each is as the transaction left it that had it locked before. An order that such a transaction opened meanwhile
        is seen by the next call.
        """
        return self._orders("orders_of_trip", {"trip_id": trip_id})

    def of_hold(self, provider: Provider, provider_ref: str) -> list[Order]:
        """Orders that have, or had, this hold."""
        return self._orders("orders_of_hold", {"provider": provider, "provider_ref": provider_ref})

    def find(self, order_id: UUID) -> Order | None:
        return next(iter(self._orders("order_by_id", {"id": order_id})), None)

    def save(self, order: Order, events: Iterable[DomainEvent] = (), *, with_receipt: bool = False) -> None:
        """Save the order with events of its change, which the caller publishes, and with its receipt.

        The receipt is the order as it is saved; it is issued once.
        """
        parameters = _parameters(order) | {"events": outbox.rows(events), "with_receipt": with_receipt}
        self._database.execute(sql(_PACKAGE, "order_save"), parameters)

    def carry_to(self, order: Order) -> int:
        """Charge the payer's amounts that wait for their next ride with this one; returns them, in minor units."""
        parameters = {
            "order_id": order.id,
            "payer_id": order.payer_id,
            "provider": order.provider,
            "currency": order.currency,
            "room_minor": order.held_minor - order.amount_minor,
        }
        return int(self._database.value(sql(_PACKAGE, "orders_carry"), parameters))

    def settle_carried_to(self, order_id: UUID, at: datetime) -> None:
        """What was carried to the order was captured with it."""
        self._database.execute(sql(_PACKAGE, "orders_carried_settle"), {"order_id": order_id, "at": at})

    def return_carried_to(self, order_id: UUID) -> None:
        """What was carried to the order was not captured with it: it waits for the next ride."""
        self._database.execute(sql(_PACKAGE, "orders_carried_return"), {"order_id": order_id})

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

    def receipt(self, trip_id: UUID) -> ReceiptWithCard | None:
        row = self._database.one(sql(_PACKAGE, "receipt_of_trip"), {"trip_id": trip_id})
        return None if row is None else stored(ReceiptWithCard, row)

    def _trip(self, statement: LiteralString, trip_id: UUID) -> TripToPay | None:
        row = self._database.one(sql(_PACKAGE, statement), {"trip_id": trip_id})
        return None if row is None else stored(TripToPay, row)

    def _orders(self, statement: str, parameters: dict[str, Any]) -> list[Order]:
        return [stored(Order, row) for row in self._database.all(sql(_PACKAGE, statement), parameters)]


def _parameters(order: Order) -> dict[str, Any]:
    """The order's fields; those that are documents as JSON."""
    written = order.model_dump(mode="json", include=_DOCUMENTS)
    wrapped = {name: None if value is None else Jsonb(value) for name, value in written.items()}
    return order.model_dump(exclude=_DOCUMENTS) | wrapped
