"""The product's own connections to the stores, whose use is a step of the run and may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg

from simulation.faults.database import Sessions
from simulation.faults.injection import Injection
from simulation.faults.scheduler import ActorKilledError, Scheduler, acting


def opened(sessions: Sessions, settings: Any, options: dict[str, Any]) -> Any:
    """A session of the run in place of the product's own connection."""
    from rideflow.kernel.postgres import DatabaseUnavailableError

    try:
        return sessions.connect(
            host=settings.host, port=settings.port, dbname=settings.name, user=settings.user, autocommit=True, **options
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailableError("The database does not answer; please try again.") from error


@contextmanager
def stepped_redis(scheduler: Scheduler, injection: Injection) -> Iterator[None]:
    """Redis is real; each of its commands is a step that may fail."""
    from redis.exceptions import ConnectionError as RedisLostError

    from rideflow.kernel.redis import _Cluster

    real = _Cluster.execute_command

    def execute_command(self: Any, *arguments: Any, **options: Any) -> Any:
        if acting() is None or arguments[0] == "COMMAND":  # the library asks that once in a process
            return real(self, *arguments, **options)
        scheduler.hand_over(f"redis {arguments[0]}")
        kind = injection.strikes("redis", str(arguments[0]))
        if kind == "killed_before":
            raise ActorKilledError
        if kind == "lost_before":
            raise RedisLostError
        answer = real(self, *arguments, **options)
        if kind == "killed_after":
            raise ActorKilledError
        if kind == "lost_after":
            raise RedisLostError
        return answer

    with patch.object(_Cluster, "execute_command", execute_command):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """The product's logs and metrics would be thousands of lines, of failures that are meant."""
    from rideflow.kernel import observability

    with (
        patch.object(observability.logger, "_logger", _Silent()),
        patch.object(observability, "_metrics", _Silent),
    ):
        yield


class _Silent:
    """A logger, and metrics, that write nothing."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None
