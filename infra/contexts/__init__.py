"""The bounded contexts; each module declares its context's functions with their capabilities."""

from __future__ import annotations

from collections.abc import Callable

from infra.constructs.context import Context
from infra.contexts import (
    dispatch,
    drivers,
    identity,
    kernel,
    ledger,
    locations,
    notifications,
    operations,
    payments,
    pricing,
    realtime,
    riders,
    supply,
    trips,
)
from infra.contexts.cloud import Cloud

type Declaration = Callable[[Context, Cloud], None]

CONTEXTS: dict[str, Declaration] = {
    "kernel": kernel.declare,
    "identity": identity.declare,
    "riders": riders.declare,
    "drivers": drivers.declare,
    "pricing": pricing.declare,
    "trips": trips.declare,
    "dispatch": dispatch.declare,
    "ledger": ledger.declare,
    "payments": payments.declare,
    "supply": supply.declare,
    "locations": locations.declare,
    "realtime": realtime.declare,
    "notifications": notifications.declare,
    "operations": operations.declare,
}
