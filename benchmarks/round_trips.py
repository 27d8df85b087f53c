"""Counts the product's own calls to its stores."""

from __future__ import annotations

from typing import Any

from rideflow.kernel.postgres import database
from rideflow.kernel.redis import redis_cluster


class RoundTrips:
    """Statements to PostgreSQL and commands to Redis, since the counter was made."""

    def __init__(self) -> None:
        self._commands = 0
        cluster: Any = redis_cluster()
        send = cluster.execute_command

        def counted(*arguments: Any, **options: Any) -> Any:
            self._commands += 1
            return send(*arguments, **options)

        cluster.execute_command = counted

    def so_far(self) -> tuple[int, int]:
        return database().statements, self._commands

    def since(self, before: tuple[int, int]) -> tuple[int, int]:
        statements, commands = self.so_far()
        return statements - before[0], commands - before[1]
