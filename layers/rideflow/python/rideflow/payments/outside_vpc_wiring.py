"""Payments' objects for functions outside the VPC, which call AWS and Stripe and import no database driver."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.executions import Executions
from rideflow.kernel.settings import BusSettings, PaymentCustomersSettings, ReleaseSettings, SettleSagaSettings
from rideflow.payments.methods.cards import CardSetup
from rideflow.payments.methods.customers import DynamoCustomers
from rideflow.payments.providers.names import Provider
from rideflow.payments.providers.port import PaymentGateway
from rideflow.payments.providers.stripe.card_setup import StripeCards
from rideflow.payments.providers.stripe.client import stripe
from rideflow.payments.providers.stripe.gateway import StripeGateway
from rideflow.payments.sagas.start import SettleSaga

if TYPE_CHECKING:
    from rideflow.payments.sagas.holds_sweep import HoldsSweep


@cache
def gateway(provider: Provider) -> PaymentGateway:
    match provider:
        case "stripe":
            return StripeGateway(stripe(), utc_now)


@cache
def holds_sweep() -> HoldsSweep:
    from rideflow.kernel.outbox import EventBridgePublisher
    from rideflow.kernel.settings import GuardsSettings
    from rideflow.payments.providers.stripe.hold_list import StripeHoldList
    from rideflow.payments.sagas.holds_sweep import HoldsSweep
    from rideflow.payments.sagas.sweep_positions import DynamoPositions

    positions = DynamoPositions(GuardsSettings.from_environment().table)
    return HoldsSweep(
        StripeHoldList(stripe()), positions, EventBridgePublisher(BusSettings.from_environment().name), utc_now
    )


@cache
def card_setup() -> CardSetup:
    customers = DynamoCustomers(PaymentCustomersSettings.from_environment().table)
    return CardSetup(StripeCards(stripe()), customers)


@cache
def settle_saga() -> SettleSaga:
    machine, release = SettleSagaSettings.from_environment(), ReleaseSettings.from_environment()
    return SettleSaga(Executions(machine.state_machine_arn, release.name))
