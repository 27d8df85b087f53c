"""Settle saga: take the money at Stripe. Outside the VPC.

Raises `PaymentDeclinedError`, `DeclinedForGoodError`, `HoldGoneError`, `AmountTooSmallError`, `ProviderRefusedError`
and `ProviderUnavailableError`, which the saga catches by name.

Needs: stripe.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.outside_vpc_wiring import gateway
from rideflow.payments.providers.port import CaptureRequest, MadeCapture


def capture_payment(request: CaptureRequest) -> MadeCapture:
    return gateway(request.provider).capture(request)


app = step(capture_payment)
