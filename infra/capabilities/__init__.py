"""What a function may use. Each capability gives the settings that name the thing and the permissions to use it."""

from infra.capabilities.base import WildcardArn
from infra.capabilities.messages import Bus, DispatchQueues, Heartbeat, Realtime
from infra.capabilities.sagas import MatchSaga, SagaAnswers, SettleSaga
from infra.capabilities.services import Identity, Stripe
from infra.capabilities.stores import Database, Locations, PaymentCustomers, Redis, SignIn

__all__ = [
    "Bus",
    "Database",
    "DispatchQueues",
    "Heartbeat",
    "Identity",
    "Locations",
    "MatchSaga",
    "PaymentCustomers",
    "Realtime",
    "Redis",
    "SagaAnswers",
    "SettleSaga",
    "SignIn",
    "Stripe",
    "WildcardArn",
]
