"""Holds that the provider has: compared with orders, so that none outlives what it was placed for.

A hold may be lost: the answer that told of it was, its webhook too, and the saga died. Webhooks tell of one as it is
placed; every hour the provider itself is asked for those that it has had for long (`HoldsSweep`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched, islice
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count, logger, measure
from rideflow.kernel.outbox import Outbox, Publisher
from rideflow.payments.events import HoldFound, HoldOrphaned
from rideflow.payments.orders.model import Order
from rideflow.payments.providers.names import Provider
from rideflow.payments.providers.port import UncapturedHold

if TYPE_CHECKING:
    from rideflow.payments.orders.store import PostgresOrders

HELD_FOR_LONG = timedelta(hours=2)
"""Most holds are captured or released before this time; those that are left are looked at once an hour."""

_LIMIT = 2000
_AT_ONCE = 100


class ListsHolds(Protocol):
    """The part of a payment gateway that the sweep uses."""

    def uncaptured(self, placed_for: timedelta) -> Iterable[UncapturedHold]: ...


@dataclass(frozen=True, slots=True)
class HoldsSweep:
    """Announces the holds that the provider has had for long. It has no database: `FoundHolds` judges them.

    An announcement that is lost is made again an hour later.
    """

    gateway: ListsHolds
    publish: Publisher
    clock: Clock
    limit: int = _LIMIT

    def sweep(self) -> dict[str, int]:
        """Run once; returns how many holds were announced."""
        now, announced = self.clock(), 0
        holds = islice(self.gateway.uncaptured(HELD_FOR_LONG), self.limit)
        for some in batched(holds, _AT_ONCE, strict=False):
            events = [HoldFound.of(hold, now) for hold in some]
            announced += len(self.publish([event.envelope() for event in events]))
        measure("HoldsHeldForLong", announced)
        if announced >= self.limit:
            logger.warning("more holds are open than one sweep looks at", extra={"limit": self.limit})
        return {"announced": announced}


class FoundHolds:
    """Compares a hold that the provider has with the order that it was placed for."""

    def __init__(self, orders: PostgresOrders, outbox: Outbox, clock: Clock) -> None:
        self._orders = orders
        self._outbox = outbox
        self._clock = clock

    def found(self, provider: Provider, provider_ref: str, order_id: UUID) -> None:
        """The provider has had this hold for long.

        | the order                        | then                                                                |
        |----------------------------------|---------------------------------------------------------------------|
        | is none of ours                  | nothing: another shop's, or another stage's                         |
        | pending, no hold seen            | note it: the order's settlement has it released                     |
        | wants the hold, or captured it   | nothing                                                             |
        | cancelled, or has another hold   | orphaned, unless a cancellation fee is captured from it             |
        """
        with self._outbox.transaction():
            order = self._orders.find(order_id)
            if order is None:
                count("HoldIgnored", why="not_ours")
            elif order.state == "pending" and order.provider_ref is None:
                self._orders.save(order.moved("pending", self._clock(), provider_ref=provider_ref))
            elif order.state != "pending" or order.provider_ref != provider_ref:
                self.orphan_unless_wanted(order, provider, provider_ref)

    def orphan_unless_wanted(self, order: Order, provider: Provider, provider_ref: str) -> None:
        """Have the hold released, in the caller's transaction, if no order that goes on has it."""
        if not any(known.state != "cancelled" for known in self._orders.of_hold(provider, provider_ref)):
            self._outbox.announce(HoldOrphaned.of(order.trip_id, provider_ref, self._clock()))
