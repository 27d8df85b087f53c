"""One transaction holds locks and another call waits for them, so that a test does not depend on a race's timing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import Any

import psycopg

from rideflow.kernel.postgres import Database

WAITS_WITHIN_S = 20


class Held:
    """An open transaction. Its locks are released and its changes are visible when its block ends."""

    def __init__(self, database: Database, watch: psycopg.Connection[Any], threads: ThreadPoolExecutor) -> None:
        self._database, self._watch, self._threads = database, watch, threads
        self._blocked = 0

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        """Runs a statement inside the transaction."""
        numbered = {f"p{number}": value for number, value in enumerate(parameters)}
        for name in numbered:
            statement = statement.replace("%s", f"%({name})s", 1)
        return self._database.all(statement, numbered)

    def lets_wait[T](self, call: Callable[[], T]) -> Future[T]:
        """Begins the call beside the test, and returns once it waits for this transaction, directly or behind others.

        Fails if the call ends without a wait.
        """
        (row,) = self.rows("select pg_backend_pid() as pid")
        waiting = self._threads.submit(call)
        self._blocked += 1
        until = monotonic() + WAITS_WITHIN_S
        while self._waiting(row["pid"]) < self._blocked:
            wait([waiting], timeout=0.01)
            assert not waiting.done(), f"did not wait: {waiting.exception() or waiting.result()}"
            assert monotonic() < until, "neither waits nor ends"
        return waiting

    def _waiting(self, pid: int) -> int:
        """The number of calls that wait for the transaction, directly or behind others."""
        found: set[int] = set()
        behind = {pid}
        while behind:
            rows = self._watch.execute(
                "select pid from pg_stat_activity where pg_blocking_pids(pid) && %s::int[]", [sorted(behind)]
            )
            behind = {each for (each,) in rows} - found
            found |= behind
        return len(found)


@contextmanager
def held(database_url: str, database: Database) -> Iterator[Held]:
    """A transaction on the database of an environment: all its changes inside the block commit at the end."""
    with ExitStack() as exits:
        threads = exits.enter_context(ThreadPoolExecutor())
        watch = exits.enter_context(psycopg.connect(database_url, autocommit=True))
        with database.transaction():
            yield Held(database, watch, threads)
