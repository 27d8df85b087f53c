"""The bounded contexts; each module declares its context's functions and what they are granted."""

from __future__ import annotations

from collections.abc import Callable

from infra.constructs.context import Context
from infra.contexts import identity, kernel, locations, pricing, realtime
from infra.contexts.cloud import Cloud

type Declaration = Callable[[Context, Cloud], None]

CONTEXTS: dict[str, Declaration] = {
    module.__name__.rpartition(".")[2]: module.declare for module in (kernel, identity, locations, pricing, realtime)
}
