"""Payments' objects for functions outside the VPC, which call AWS and Stripe and import no database driver."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.executions import Executions
from rideflow.kernel.settings import ReleaseSettings, SettleSagaSettings
from rideflow.kernel.stripe import stripe
from rideflow.payments.gateway import PaymentGateway
from rideflow.payments.saga import SettleSaga
from rideflow.payments.stripe import StripeGateway


@cache
def gateway() -> PaymentGateway:
    return StripeGateway(stripe(), utc_now)


@cache
def settle_saga() -> SettleSaga:
    machine, release = SettleSagaSettings.from_environment(), ReleaseSettings.from_environment()
    return SettleSaga(Executions(machine.state_machine_arn, release.name))
