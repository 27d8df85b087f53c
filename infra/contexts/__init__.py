"""The bounded contexts; each module declares its context's functions and what they are granted."""

from __future__ import annotations

from collections.abc import Callable

from infra.constructs.context import Context
from infra.contexts import identity, kernel, pricing, realtime
from infra.contexts.cloud import Cloud

type Declaration = Callable[[Context, Cloud], None]

CONTEXTS: dict[str, Declaration] = {
    "kernel": kernel.declare,
    "identity": identity.declare,
    "pricing": pricing.declare,
    "realtime": realtime.declare,
}
