"""The resources that the base stacks hand to the contexts."""

from __future__ import annotations

from dataclasses import dataclass

from infra import capabilities


@dataclass(frozen=True)
class Cloud:
    """Capabilities that a context may give to its functions."""

    database: capabilities.Database
    migrator: capabilities.Migrator
    redis: capabilities.Redis
    bus: capabilities.Bus
    realtime: capabilities.Realtime
    stripe: capabilities.Stripe
    payment_customers: capabilities.PaymentCustomers
    supply: capabilities.Supply
    locations: capabilities.Locations
    sessions: capabilities.Sessions
    roles: capabilities.Roles
    person_keys: capabilities.PersonKeys
    guards: capabilities.Guards
