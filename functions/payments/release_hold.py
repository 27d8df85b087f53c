"""Both sagas: release the hold at Stripe. Outside the VPC.

Needs: stripe.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.outside_vpc_wiring import gateway
from rideflow.payments.providers.port import EndedHold, ReleaseRequest


def release_hold(request: ReleaseRequest) -> EndedHold:
    return gateway(request.provider).release(request)


app = step(release_hold)
