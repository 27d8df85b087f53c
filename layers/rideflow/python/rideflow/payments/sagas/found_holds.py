"""Holds that the provider has: compared with orders, so that none outlives what it was placed for.

A hold may be lost: the answer that told of it was, its webhook too, and the saga died. Webhooks tell of one as it is
placed; `holds_sweep` asks the provider itself for those that it has had for long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.payments.events import HoldOrphaned
from rideflow.payments.orders.model import Order
from rideflow.payments.providers.names import Provider

if TYPE_CHECKING:
    from rideflow.payments.orders.store import PostgresOrders


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
            self._outbox.announce(HoldOrphaned.of(order, provider_ref, self._clock()))
