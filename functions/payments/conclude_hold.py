"""Match saga: what became of a hold that its payer was asked to confirm; else it is cancelled. Outside the VPC.

Raises `PaymentDeclinedError`, `PaymentNotConfirmedError`, `PayerNotAskedError` and `ProviderUnavailableError`; the saga
catches them by name.

Needs: stripe.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.outside_vpc_wiring import gateway
from rideflow.payments.providers.port import AwaitedHold, PlacedHold


def conclude_hold(awaited: AwaitedHold) -> PlacedHold:
    return gateway(awaited.provider).conclude(awaited)


app = step(conclude_hold)
