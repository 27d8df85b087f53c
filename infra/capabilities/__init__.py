"""Capabilities of functions. Each gives the settings that name a resource and the permissions to use it."""

from infra.capabilities.base import WildcardArn
from infra.capabilities.messages import (
    CLOSE,
    OFFER_EXPIRIES,
    PUSH,
    TICKS,
    Bus,
    Channel,
    DispatchQueues,
    Heartbeat,
    Realtime,
)
from infra.capabilities.sagas import MatchSaga, SagaAnswers, SettleSaga
from infra.capabilities.services import Identity, Stripe
from infra.capabilities.stores import (
    Database,
    DeploymentAnswers,
    Guards,
    Locations,
    Migrator,
    PaymentCustomers,
    PersonKeys,
    Redis,
    Roles,
    Sessions,
    Supply,
)

__all__ = [
    "CLOSE",
    "OFFER_EXPIRIES",
    "PUSH",
    "TICKS",
    "Bus",
    "Channel",
    "Database",
    "DeploymentAnswers",
    "DispatchQueues",
    "Guards",
    "Heartbeat",
    "Identity",
    "Locations",
    "MatchSaga",
    "Migrator",
    "PaymentCustomers",
    "PersonKeys",
    "Realtime",
    "Redis",
    "Roles",
    "SagaAnswers",
    "Sessions",
    "SettleSaga",
    "Stripe",
    "Supply",
    "WildcardArn",
]
