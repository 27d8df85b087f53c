"""Execution environments: each has its own wiring, session and clock, as a warm Lambda has.

The product builds its objects once per environment, by `functools.cache`. A run keeps those caches per environment:
every cached function of a `wiring` module, and of the kernel's clients, is replaced for the time of a run. So the
handlers run as they are, and a killed environment is gone with everything that it kept.
"""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from simulation.faults.scheduler import acting
from simulation.faults.stores import FIRST_RELEASE

_KERNELS = {
    "rideflow.kernel.postgres": ("database",),
    "rideflow.kernel.outbox": ("outbox", "_events_client"),
    "rideflow.payments.providers.stripe.client": ("stripe", "stripe_secrets"),
    "rideflow.kernel.executions": ("states_client",),
    "rideflow.kernel.dynamodb": ("dynamodb",),
    "rideflow.kernel.redis": ("redis_cluster",),
    "rideflow.realtime.gateway": ("_client",),
}
_SHARED = frozenset({"rideflow.markets.wiring"})
"""Markets are read from files that never change: every environment has the same."""


@dataclass(eq=False)
class Environment:
    """What an execution environment keeps between invocations."""

    number: int
    skew: timedelta = timedelta(0)
    release: str = FIRST_RELEASE
    """The release whose functions it runs."""
    kept: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Invocation:
    """One invocation of a function, for the ride with this number."""

    function: str
    environment: Environment
    ride: int | None = None


_OUTSIDE = Environment(0)


def current() -> Environment:
    """The environment of the acting invocation; one of its own for whatever runs outside of functions."""
    actor = acting()
    return _OUTSIDE if actor is None or actor.within is None else actor.within.environment


class KeptByEnvironment:
    """A cached function of the product, whose values are kept by the environment that called it."""

    def __init__(self, cached: Any) -> None:
        self._build: Callable[..., Any] = cached.__wrapped__
        functools.update_wrapper(self, self._build)

    def __call__(self, *arguments: Any) -> Any:
        kept, key = current().kept, (self, arguments)
        if key not in kept:
            os.environ["RELEASE_NAME"] = current().release
            kept[key] = self._build(*arguments)
        return kept[key]

    def cache_clear(self) -> None:
        """Nothing is kept outside environments."""


@functools.cache
def import_everything() -> None:
    """Import every module of the product, so that each reference to a cached function is found."""
    for root in ("rideflow", "functions"):
        package = importlib.import_module(root)
        for module in pkgutil.walk_packages(package.__path__, f"{root}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def _modules() -> list[tuple[str, ModuleType]]:
    return [(name, each) for name, each in list(sys.modules.items()) if name.split(".")[0] in ("rideflow", "functions")]


def _is_kept_by_environment(name: str, member: str) -> bool:
    return (name.endswith("wiring") and name not in _SHARED) or member in _KERNELS.get(name, ())


@contextmanager
def environments_apart() -> Iterator[None]:
    """Inside the block each environment has its own caches."""
    import_everything()
    cached: dict[Any, KeptByEnvironment] = {}
    for name, module in _modules():
        for member, value in vars(module).items():
            is_own = isinstance(value, functools._lru_cache_wrapper) and value.__module__ == name
            if is_own and _is_kept_by_environment(name, member):
                cached[value] = KeptByEnvironment(value)
    replaced: list[tuple[ModuleType, str, Any]] = []
    for _, module in _modules():
        for member, value in list(vars(module).items()):
            if isinstance(value, functools._lru_cache_wrapper) and value in cached:
                replaced.append((module, member, value))
                setattr(module, member, cached[value])
    _OUTSIDE.kept.clear()
    try:
        yield
    finally:
        for module, member, value in replaced:
            setattr(module, member, value)
        _OUTSIDE.kept.clear()


@contextmanager
def virtual(clock: Any, sleep: Callable[[float], None], draw: random.Random) -> Iterator[None]:
    """Inside the block the product, the `stripe` library and the double read `clock`, and draw from `draw`."""
    import stripe._http_client
    import stripe._webhook

    import stripe_double.world
    from rideflow.kernel import clock as kernels_clock
    from rideflow.kernel import ids
    from rideflow.payments.providers.stripe import client as stripe_client

    times = SimpleNamespace(
        time=clock.time, time_ns=clock.time_ns, monotonic=clock.monotonic, sleep=sleep, perf_counter=time.perf_counter
    )
    with ExitStack() as stack:
        for module, member, value in (
            (kernels_clock, "datetime", SimpleNamespace(now=clock.now)),
            (ids, "time", times),
            (ids, "os", SimpleNamespace(urandom=draw.randbytes)),
            (stripe_client, "time", times),
            (stripe._http_client, "time", times),
            (stripe._http_client, "random", draw),
            (stripe._webhook, "time", times),
            (stripe_double.world, "secrets", SimpleNamespace(choice=draw.choice, token_hex=secrets.token_hex)),
        ):
            stack.enter_context(patch.object(module, member, value))
        yield
