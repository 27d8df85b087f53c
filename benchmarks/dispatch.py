"""Dispatch on real stores: ticks, positions into the index, and simultaneous accepts, each beside its floor."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

from benchmarks.crowd import Crowd
from benchmarks.position_rates import position_rates
from benchmarks.sizes import ZoneSize
from benchmarks.storms import storm_rates
from benchmarks.ticks import tick_costs


def dispatch_costs(database_url: str, sizes: Sequence[ZoneSize], rounds: int) -> Iterator[Any]:
    """Rows of four kinds. Raises `StormError` if an accept storm had not exactly one winner."""
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row, prepare_threshold=0) as connection,
        redis.Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"])) as client,
    ):
        crowd = Crowd(connection, client)
        yield from tick_costs(crowd, sizes, rounds)
        yield from position_rates(crowd, rounds)
        yield from storm_rates(crowd, database_url, rounds)
