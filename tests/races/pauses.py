"""Stores whose calls pause at random."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, LiteralString, cast, override

import psycopg
from psycopg.rows import DictRow
from redis.cluster import RedisCluster

from rideflow.kernel.postgres import Database, Parameters, connect
from tests.adapters.supply.street import Street
from tests.databases import settings_of

LONGEST_PAUSE_S = 0.003


class Pauses:
    """Half of the calls continue at once, the others pause for up to `LONGEST_PAUSE_S`."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def __call__(self) -> None:
        pause_s = self._random.uniform(-LONGEST_PAUSE_S, LONGEST_PAUSE_S)
        if pause_s > 0:
            time.sleep(pause_s)


class PausingDatabase(Database):
    """Pauses before a statement or a commit is sent, and after it was answered."""

    def __init__(self, database_url: str, pauses: Pauses) -> None:
        super().__init__(lambda: connect(settings_of(database_url)))
        self._pauses = pauses

    @override
    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self._pauses()
        self._pauses()

    @override
    def _executed(self, statement: LiteralString, parameters: Parameters) -> psycopg.Cursor[DictRow]:
        self._pauses()
        cursor = super()._executed(statement, parameters)
        self._pauses()
        return cursor


class PausingRedis:
    """Pauses before a script is sent and after it was answered."""

    def __init__(self, redis: RedisCluster, pauses: Pauses) -> None:
        self._redis, self._pauses = redis, pauses

    def evalsha(self, *arguments: Any) -> Any:
        self._pauses()
        answer = self._redis.evalsha(*arguments)
        self._pauses()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)


@dataclass
class PausingStreet(Street):
    """A street with pausing stores in all environments."""

    pauses: Pauses = field(default_factory=lambda: Pauses(0))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.uses(cast("RedisCluster", PausingRedis(self.redis, self.pauses)))

    def new_database(self) -> Database:
        return PausingDatabase(self.database_url, self.pauses)
