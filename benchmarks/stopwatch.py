"""The time of an operation's store calls, measured at the product's own clients."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rideflow.kernel.postgres import database
from rideflow.kernel.redis import redis_cluster


class Stopwatch:
    """The time spent in stores, and the statements and scripts of the last call."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.statements: list[tuple[Any, Any]] = []
        self.scripts: list[tuple[Any, ...]] = []

    def timed[**P, R](self, name: str, call: Callable[P, R]) -> Callable[P, R]:
        def timed_call(*arguments: P.args, **options: P.kwargs) -> R:
            began = time.perf_counter()
            try:
                return call(*arguments, **options)
            finally:
                self.seconds[name] += time.perf_counter() - began

        return timed_call

    def percent(self, name: str) -> float:
        return 100 * self.seconds[name] / self.seconds["tick"]

    @contextmanager
    def on_stores(self) -> Iterator[None]:
        """Inside, the product's statements and scripts are timed and kept."""
        self.statements, self.scripts = [], []
        postgres: Any = database()
        cluster: Any = redis_cluster()
        ask, send = self.timed("postgres", postgres.all), self.timed("redis", cluster.execute_command)

        def asked(statement: Any, parameters: Any) -> Any:
            self.statements.append((statement, parameters))
            return ask(statement, parameters)

        def sent(*command: Any, **options: Any) -> Any:
            if command[0] == "EVALSHA":
                self.scripts.append(command[1:])
            return send(*command, **options)

        postgres.all, cluster.execute_command = asked, sent
        try:
            yield
        finally:
            del postgres.all, cluster.execute_command  # the classes' own methods are visible again
