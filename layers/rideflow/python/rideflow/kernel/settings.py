"""Settings of a function from its environment variables, in one frozen class for each resource.

A variable is named by its class and field: `RedisSettings.host` is `REDIS_HOST`. Infrastructure sets exactly the
variables of the classes that an operation declares, and a test compares the two.
"""

from __future__ import annotations

import os
from typing import ClassVar, Never, Self, dataclass_transform


class MissingSettingError(RuntimeError):
    """The environment lacks a variable of a setting that the function declares."""


def _parsed(raw: str, kind: object) -> object:
    match getattr(kind, "__name__", kind):  # a type, or its name if annotations are postponed
        case "int":
            return int(raw)
        case "float":
            return float(raw)
        case _:
            return raw


@dataclass_transform(frozen_default=True)
class Settings:
    """Base of settings: reads each field from `<PREFIX>_<FIELD>`; an absent variable is an error.

    To type checkers and users the classes are frozen dataclasses. They are not made by `dataclass`, which generates and
    compiles methods: 0.6 ms for each class, which every cold start would pay for all of them.
    """

    prefix: ClassVar[str]

    def __init__(self, *values: object, **named: object) -> None:
        names = tuple(type(self).__annotations__)
        given = dict(zip(names, values, strict=False)) | named
        if len(values) + len(named) != len(names) or given.keys() != set(names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """The environment variables of this class, in the order of its fields."""
        return tuple(f"{cls.prefix}_{name}".upper() for name in cls.__annotations__)

    @classmethod
    def from_environment(cls) -> Self:
        values = {}
        for (name, kind), variable in zip(cls.__annotations__.items(), cls.variables(), strict=True):
            raw = os.environ.get(variable)
            if raw is None:
                raise MissingSettingError(variable)
            values[name] = _parsed(raw, kind)
        return cls(**values)


STATEMENT_LASTS_MS = 8_000
"""The database's timeout of a statement. Most functions have 10 s, so they can still respond, and the statement of a
function that died releases its locks. RDS Proxy accepts no connection options; on AWS this is a cluster parameter.
"""

IDLE_SESSION_LASTS_MS = 60_000
"""A database that may pause closes a session that is idle for so long: environments of functions keep theirs open while
they are frozen, and the database would never pause."""


class DatabaseSettings(Settings):
    """PostgreSQL. `auth` is `iam` (a token as password, over TLS, at RDS Proxy), `iam_at_cluster` (the same without a
    proxy) or `trust` (loopback).

    `use_table` is the DynamoDB table that counts sessions, if the database may pause; otherwise it is empty.
    """

    prefix = "database"
    host: str
    port: int
    name: str
    user: str
    auth: str
    use_table: str


class MigratorSettings(Settings):
    """PostgreSQL for the owner of the schema, without the proxy. `auth` is `password` (of the secret, over TLS) or
    `trust`.
    """

    prefix = "migrator"
    host: str
    port: int
    name: str
    user: str
    auth: str
    secret_arn: str


class RedisSettings(Settings):
    """The Redis cluster's configuration endpoint. `auth` is `iam` (a token for the cache, over TLS) or `trust`."""

    prefix = "redis"
    host: str
    port: int
    name: str
    user: str
    auth: str


class BusSettings(Settings):
    """The EventBridge bus that carries domain events."""

    prefix = "event_bus"
    name: str


class RealtimeSettings(Settings):
    """The table of connection ids, and the WebSocket API's management endpoint (https URL with the stage)."""

    prefix = "realtime"
    connections_table: str
    endpoint: str


class PostsSettings(Settings):
    """The WebSocket API's management endpoint (https URL with the stage), for connections known from elsewhere."""

    prefix = "posts"
    endpoint: str


class IdentitySettings(Settings):
    """The Cognito user pool; `jwks_url` is the URL of its public keys, `issuer` the `iss` of its tokens."""

    prefix = "identity"
    user_pool_id: str
    client_id: str
    issuer: str
    jwks_url: str


class SessionsSettings(Settings):
    """The DynamoDB table of sessions that were ended."""

    prefix = "sessions"
    table: str


class RolesSettings(Settings):
    """The DynamoDB table of changes of roles by staff."""

    prefix = "roles"
    table: str


class PersonKeysSettings(Settings):
    """The DynamoDB table of people's keys, by which personal data is sealed."""

    prefix = "person_keys"
    table: str


class GuardsSettings(Settings):
    """The DynamoDB table of guards for operations outside the VPC: limits, used codes, and how far a sweep has read.

    `address_factor` multiplies the limits of an address: on a stage that is one machine, all callers have one.
    """

    prefix = "guards"
    table: str
    address_factor: int


class StripeSettings(Settings):
    """`secret_arn` names a secret with `api_key` and `webhook_secret`; `api_base` is Stripe's own or the double's."""

    prefix = "stripe"
    secret_arn: str
    api_base: str


class PaymentCustomersSettings(Settings):
    """The DynamoDB table that maps a rider to the Stripe customer."""

    prefix = "payment_customers"
    table: str


class DispatchSettings(Settings):
    """The queue of zone ticks, and the queue whose delayed messages end offers."""

    prefix = "dispatch"
    tick_queue_url: str
    offer_expiry_queue_url: str


class SupplySettings(Settings):
    """`max_speed_mps`: a position that would need a higher speed is impossible."""

    prefix = "supply"
    max_speed_mps: float


class LocationsSettings(Settings):
    """`paths_bucket` archives driven paths."""

    prefix = "locations"
    paths_bucket: str


class ReleaseSettings(Settings):
    """The release that the function's version is of. Sagas end with the one they began with."""

    prefix = "release"
    name: str


class MatchSagaSettings(Settings):
    """The match saga's state machine, and how long a rider waits for a driver before it gives up."""

    prefix = "match_saga"
    state_machine_arn: str
    patience_s: int


class HeartbeatSettings(Settings):
    """The queue whose delayed messages start sweeps for silent drivers more often than a schedule can."""

    prefix = "heartbeat"
    queue_url: str


class ChannelSettings(Settings):
    """The queue whose messages start the producers of the operators' channel."""

    prefix = "channel"
    queue_url: str


class SettleSagaSettings(Settings):
    """The settle saga's state machine."""

    prefix = "settle_saga"
    state_machine_arn: str
