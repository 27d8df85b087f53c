"""Release money that Stripe holds and no order wants. Outside the VPC.

Needs: stripe.
Consumes: HoldOrphaned (rideflow.payments).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.kernel.observability import count, logger
from rideflow.payments.outside_vpc_wiring import gateway
from rideflow.payments.providers.names import STRIPE, Provider
from rideflow.payments.providers.port import ReleaseRequest, release_key


class OrphanedHold(Message):
    """The hold to release."""

    trip_id: UUID
    provider: Provider = STRIPE
    provider_ref: str


def release_orphan(orphan: OrphanedHold) -> None:
    ended = gateway(orphan.provider).release(
        ReleaseRequest(
            trip_id=orphan.trip_id,
            provider=orphan.provider,
            provider_ref=orphan.provider_ref,
            idempotency_key=release_key(orphan.provider_ref),
        )
    )
    if ended.captured_minor:
        count("CaptureWithoutOrder")
        logger.error("captured, but no order asked for it", extra={"provider_ref": orphan.provider_ref})


app = consumer(release_orphan)
