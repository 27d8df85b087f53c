"""The restore drill: database and Redis are lost, restored and rebuilt, and rides go on. Each step is timed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis

from local import restoring
from local.demo import played
from local.record import StackRecord
from local.steps import Report, State, Step, step
from local.wording import counted
from simulation.books import Books, audit
from simulation.demo import plan_of
from simulation.evening import Evening

RESTORED, LOST = "rideflow_restored", "rideflow_lost"
_RIDES_BEFORE = 3
_DRIVERS = 6

_TRIPS_WITH_MONEY = "select distinct trip_id::text from payment_orders"


class DrillError(Exception):
    """The drill failed; the message says at what."""


@dataclass
class Result:
    """`seconds` of each step by its name, in their order."""

    seconds: dict[str, float] = field(default_factory=dict)
    tables: int = 0
    rows: int = 0
    dump_bytes: int = 0
    books: Books | None = None
    rides: dict[str, int] = field(default_factory=dict)

    def told(self) -> str:
        """Books and rides, for a person. A drill whose books do not balance has no result."""
        books = self.books or Books(0, 0, 0, 0)
        paid, played = (self.rides.get(name, 0) for name in ("paid", "requested"))
        return (
            f"The books of {counted(books.orders, 'order')} balance: {books.captured_minor / 100:.2f} was captured, "
            f"here and at Stripe. Rides after the restore: {played}, of which {paid} paid."
        )

    def summary(self) -> dict[str, Any]:
        """The shape that scripts read."""
        return {
            "seconds": {name: round(seconds, 2) for name, seconds in self.seconds.items()},
            "tables": self.tables,
            "rows": self.rows,
            "dump_bytes": self.dump_bytes,
            "books": self.books.summary() if self.books else None,
            "rides": self.rides,
        }


def restore_drill(record: StackRecord, rides: int, report: Report) -> Result:
    """Lose and restore the running stack's database, empty its Redis, and play `rides` rides on what was restored.

    Raises `DrillError`, `restoring.RestoreError`.
    """
    drill = _Drill(record, report)
    drill.run(rides)
    return drill.result


class _Drill:
    def __init__(self, record: StackRecord, report: Report) -> None:
        self._record = record
        self._report = report
        self._restored_url = restoring.renamed(record.database_url, RESTORED)
        self.result = Result()

    def run(self, rides: int) -> None:
        result, url = self.result, self._record.database_url
        with self._step("Rides before"):
            self._play(_RIDES_BEFORE, seed=1)
        with tempfile.TemporaryDirectory(prefix="rideflow-drill-") as folder:
            file = Path(folder) / "rideflow.dump"
            with self._step("Dump"), restoring.snapshot(url) as held:
                restoring.dump(url, held, file)
                result.dump_bytes = file.stat().st_size
            with self._step("Restore"):
                restoring.restore(file, self._restored_url, held.content.rights)
        with self._step("Compare rows"):
            found = restoring.compare(held.content, self._restored_url)
            result.tables, result.rows = len(found.tables), found.rows
        with self._step("Check books"):
            result.books = self._checked_books()
        with self._step("Switch"):
            restoring.put_in_place(url, RESTORED, LOST)
        with self._step("Empty Redis"):
            _empty(self._record.redis_url)
        with self._step("Rides after"):
            result.rides = dict(self._play(rides, seed=2).summary()["rides"])

    def _play(self, rides: int, seed: int) -> Evening:
        evening = played(self._record, plan_of(None, rides, _DRIVERS, None, seed))
        if not evening.passed:
            raise DrillError(f"The rides failed: {evening.summary()}")
        return evening

    def _checked_books(self) -> Books:
        """The books of every trip of the restored database, beside Stripe."""
        with psycopg.connect(self._restored_url) as connection:
            trips = [trip_id for (trip_id,) in connection.execute(_TRIPS_WITH_MONEY)]
        books = asyncio.run(_audited(self._restored_url, self._record, trips))
        if not books.balance:
            raise DrillError(f"The restored books do not balance: {books.summary()}")
        return books

    @contextmanager
    def _step(self, name: str) -> Iterator[Callable[[str], None]]:
        def timed(told: Step) -> None:
            if told.state is State.DONE:
                self.result.seconds[name] = told.seconds
            self._report(told)

        with step(name, timed) as detail:
            yield detail


async def _audited(url: str, record: StackRecord, trips: list[str]) -> Books:
    key = {"Authorization": f"Bearer {record.stripe_api_key}"}
    async with httpx.AsyncClient(base_url=record.stripe_url, headers=key, timeout=30) as stripe:
        return await audit(url, stripe, trips)


def _empty(url: str) -> None:
    """A Redis that was lost has neither keys nor scripts."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        client.script_flush()
