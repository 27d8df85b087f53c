"""What a function is told by its environment: one frozen class per thing it may need.

A class names its variables by its fields: `RedisSettings.host` is `REDIS_HOST`. Infrastructure sets exactly the
variables of the classes an operation declares, and a test holds the two together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import ClassVar, Self


class MissingSettingError(RuntimeError):
    """The environment lacks a variable that the function was promised."""


def _parsed(raw: str, kind: object) -> object:
    match getattr(kind, "__name__", kind):  # a type, or its name where annotations are postponed
        case "int":
            return int(raw)
        case "bool":
            return raw == "true"
        case "float":
            return float(raw)
        case _:
            return raw


@dataclass(frozen=True)
class Settings:
    """Base: reads each field from `<PREFIX>_<FIELD>`; an absent variable is an error unless the field has a default."""

    prefix: ClassVar[str]

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """The environment variables of this class, in the order of its fields."""
        return tuple(f"{cls.prefix}_{field.name}".upper() for field in fields(cls))

    @classmethod
    def from_environment(cls) -> Self:
        values = {}
        for field, variable in zip(fields(cls), cls.variables(), strict=True):
            raw = os.environ.get(variable)
            if raw is None:
                raise MissingSettingError(variable)
            values[field.name] = _parsed(raw, field.type)
        return cls(**values)


@dataclass(frozen=True)
class DatabaseSettings(Settings):
    """PostgreSQL. `auth` is `iam` (a token as password, through the proxy, over TLS) or `trust` (loopback)."""

    prefix = "database"
    host: str
    port: int
    name: str
    user: str
    auth: str


@dataclass(frozen=True)
class RedisSettings(Settings):
    """The Redis cluster's configuration endpoint."""

    prefix = "redis"
    host: str
    port: int
    tls: bool


@dataclass(frozen=True)
class BusSettings(Settings):
    """The EventBridge bus that carries domain events."""

    prefix = "event_bus"
    name: str


@dataclass(frozen=True)
class RealtimeSettings(Settings):
    """Where connection ids are kept, and the WebSocket API's management endpoint (https URL with the stage)."""

    prefix = "realtime"
    connections_table: str
    endpoint: str


@dataclass(frozen=True)
class IdentitySettings(Settings):
    """The Cognito user pool; `jwks_url` is where its public keys are read, `issuer` what a token's `iss` must be."""

    prefix = "identity"
    user_pool_id: str
    client_id: str
    issuer: str
    jwks_url: str


@dataclass(frozen=True)
class StripeSettings(Settings):
    """`secret_arn` names a secret with `api_key` and `webhook_secret`; `api_base` is Stripe's own or the double's."""

    prefix = "stripe"
    secret_arn: str
    api_base: str


@dataclass(frozen=True)
class PaymentCustomersSettings(Settings):
    """The DynamoDB table that maps a rider to the Stripe customer."""

    prefix = "payment_customers"
    table: str


@dataclass(frozen=True)
class DispatchSettings(Settings):
    """The queue of zone ticks, and the queue whose delayed messages end offers."""

    prefix = "dispatch"
    tick_queue_url: str
    offer_expiry_queue_url: str


@dataclass(frozen=True)
class LocationsSettings(Settings):
    """`max_speed_mps`: a point that would need more is impossible. `paths_bucket` archives driven paths."""

    prefix = "locations"
    max_speed_mps: float
    paths_bucket: str


@dataclass(frozen=True)
class MatchSagaSettings(Settings):
    """The match saga's state machine, and how long a rider waits for a driver before it gives up."""

    prefix = "match_saga"
    state_machine_arn: str
    patience_s: int


@dataclass(frozen=True)
class HeartbeatSettings(Settings):
    """The queue whose delayed messages look for silent drivers more often than a schedule can."""

    prefix = "heartbeat"
    queue_url: str


@dataclass(frozen=True)
class SettleSagaSettings(Settings):
    """The settle saga's state machine."""

    prefix = "settle_saga"
    state_machine_arn: str
