"""Match saga: hold the money at Stripe. Outside the VPC.

Raises `PaymentDeclinedError`, `DeclinedForGoodError`, `AmountTooSmallError`, `ProviderRefusedError` and
`ProviderUnavailableError`, which the saga catches by name.

Needs: stripe.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.outside_vpc_wiring import gateway
from rideflow.payments.providers.port import HoldRequest, PlacedHold


def place_hold(request: HoldRequest) -> PlacedHold:
    return gateway(request.provider).hold(request)


app = step(place_hold)
