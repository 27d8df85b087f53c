"""Match saga: hold the money at Stripe. Outside the VPC.

Raises `CardDeclinedError` and `StripeUnavailableError`, which the saga catches by name.

Needs: stripe.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.gateway import HoldRequest, PlacedHold
from rideflow.payments.outside_vpc_wiring import gateway


def place_hold(request: HoldRequest) -> PlacedHold:
    return gateway().hold(request)


app = step(place_hold)
