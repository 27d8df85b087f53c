"""The provider has had a hold for long: compare it with its order, and have it released if nobody wants it.

Needs: database, event_bus.
Consumes: HoldFound (rideflow.payments).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.payments.providers.names import Provider
from rideflow.payments.wiring import found_holds


class FoundHold(Message):
    """A hold, and the order that it was placed for."""

    provider: Provider
    provider_ref: str
    order_id: UUID


def compare_hold(hold: FoundHold) -> None:
    found_holds().found(hold.provider, hold.provider_ref, hold.order_id)


app = consumer(compare_hold)
