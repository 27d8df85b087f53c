"""Release money that Stripe holds and no order wants. Outside the VPC.

Needs: stripe.
Consumes: HoldOrphaned (rideflow.payments).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.payments.gateway import ReleaseRequest, release_key
from rideflow.payments.outside_vpc_wiring import gateway


class OrphanedHold(Message):
    """The hold to release."""

    trip_id: UUID
    payment_intent_id: str


def release_orphan(orphan: OrphanedHold) -> None:
    gateway().release(
        ReleaseRequest(
            trip_id=orphan.trip_id,
            payment_intent_id=orphan.payment_intent_id,
            idempotency_key=release_key(orphan.payment_intent_id),
        )
    )


app = consumer(release_orphan)
