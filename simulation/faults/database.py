"""PostgreSQL as actors see it: a real session, whose every statement and commit is a step.

A statement that is not answered within a moment may wait for a lock. PostgreSQL is asked which sessions it waits for;
if there are any, the actor is set aside until they have committed. So the order of all effects is the scheduler's, and
real locks, snapshots and constraints decide what each of them does.

A server process whose statement waits is stopped by a signal, since a commit may free several at once, which would
race. They go on one after the other, in the order in which they began to wait.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq
from psycopg.rows import DictRow
from psycopg.waiting import Ready, Wait

import rideflow
from simulation.faults.scheduler import Actor, ActorKilledError, Scheduler, Standing, acting

_ANSWERS_WITHIN_S = 0.004
"""An answer that takes longer may wait for a lock; asking for that costs as much again."""
_ENDS_WITHIN_S, _LOOKS_EVERY_S = 30.0, 0.0005
"""For how long a server's process may end, or a server recover, in real time; and how often that is looked at."""
_GIVEN_UP_AFTER = 5_000
"""Looks at a session that neither answers nor waits for a lock, before it counts as lost: 20 s at least."""

type Fails = Callable[[str, str], str | None]
"""What happens to a call, by its kind and name (`injection`); None for nothing."""


class Sessions:
    """The sessions of one run, and what watches their locks."""

    def __init__(self, scheduler: Scheduler, url: str) -> None:
        self.scheduler = scheduler
        self._url = url
        self.fails: Fails = lambda _kind, _name: None
        self.watch: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self.open: list[SteppedConnection] = []
        self._waiting: dict[int, SteppedConnection] = {}
        self._stopped: dict[SteppedConnection, int] = {}
        """Sessions whose server process is stopped, with the number of their wait."""
        self._written = ""
        self.set_aside = 0
        """How often an actor was set aside."""
        scheduler.look_at_locks = self._look

    def connect(self, **options: Any) -> SteppedConnection:
        connection = SteppedConnection.connect(**options)
        assert isinstance(connection, SteppedConnection)
        connection.sessions = self
        connection.server_pid = connection.info.backend_pid
        self.open.append(connection)
        return connection

    def blocked(self, connections: Iterable[SteppedConnection]) -> set[int]:
        """The server processes of those that wait for a lock."""
        pids = [each.server_pid for each in connections]
        found = self.watch.execute(
            "select pid from unnest(%s::integer[]) as pid where cardinality(pg_blocking_pids(pid)) > 0", [pids]
        )
        return {pid for (pid,) in found.fetchall()}

    def was_written(self) -> bool:
        """Whether anything was written since this was asked last."""
        row = self.watch.execute("select pg_current_wal_insert_lsn()::text").fetchone()
        before, self._written = self._written, str(row[0]) if row else ""
        return before != self._written

    def crash(self) -> None:
        """The server crashes, and recovers from its log: what was not committed is gone, and so is every session.

        PostgreSQL takes the death of one of its processes for damage to its shared memory, and starts anew.
        """
        killed = {each.server_pid for each in self.open if not each.closed} | {self.watch.info.backend_pid}
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # also a stopped one
        self._stopped.clear()
        self.watch.close()
        _wait_until_gone(killed)
        self.watch = _connected(self._url)

    def end_all(self) -> None:
        """Every session ends, as when a proxy fails over; the server goes on."""
        for connection in self.open:
            if not connection.closed:
                self.end(connection)

    def end(self, connection: SteppedConnection) -> None:
        """The session ends; PostgreSQL has rolled back what it had begun when this returns."""
        self._goes_on(connection)
        self.watch.execute("select pg_terminate_backend(%s)", [connection.server_pid])
        _wait_until_gone({connection.server_pid})  # the statement's own wait looks every 100 ms only

    def wait_for_lock(self, connection: SteppedConnection) -> None:
        """The acting actor's statement waits for a lock: others act until it is answered."""
        actor = acting()
        assert actor is not None
        self.set_aside += 1
        self._waiting[actor.number] = connection
        self._stops(connection)
        try:
            self.scheduler.set_aside(f"{actor.place}, waits for a lock")
        finally:
            self._goes_on(connection)
            self._waiting.pop(actor.number, None)

    def close(self) -> None:
        for connection in list(self._stopped):
            self._goes_on(connection)
        for connection in self.open:
            connection.close()
        self.watch.close()

    def _look(self, locked: list[Actor]) -> None:
        """Make those ready whose statement is answered. Each goes on until it is answered, or waits again."""
        waiting = [(actor, self._waiting[actor.number]) for actor in locked]
        waiting.sort(key=lambda each: self._stopped.get(each[1], 0))
        for actor, connection in waiting:
            if connection.closed or not self.blocked([connection]):
                self._goes_on(connection)
                if self._is_answered(connection):
                    actor.standing = Standing.READY
                else:
                    self._stops(connection)

    def _is_answered(self, connection: SteppedConnection) -> bool:
        """Wait until the server has answered the statement; False if it waits for a lock again."""
        for _ in range(_GIVEN_UP_AFTER):
            if connection.is_answered(_ANSWERS_WITHIN_S):
                return True
            if self.blocked([connection]):
                return False
        raise TimeoutError("a session neither answers nor waits for a lock")

    def _stops(self, connection: SteppedConnection) -> None:
        os.kill(connection.server_pid, signal.SIGSTOP)
        self._stopped[connection] = self.set_aside

    def _goes_on(self, connection: SteppedConnection) -> None:
        if self._stopped.pop(connection, None) is not None:
            with suppress(ProcessLookupError):
                os.kill(connection.server_pid, signal.SIGCONT)


class SteppedConnection(psycopg.Connection[DictRow]):
    """A connection that hands over before each statement, and watches for locks while one is answered."""

    sessions: Sessions | None = None
    server_pid = 0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run psycopg's exchange with the server. Outside an actor it is psycopg's own."""
        sessions, actor = self.sessions, acting()
        if sessions is None or actor is None:
            return super().wait(gen, interval, timeout)
        if actor.is_killed:
            self._drop()
            raise ActorKilledError
        kind, name = _named(gen)
        if kind != "begin":
            sessions.scheduler.hand_over(f"{kind} {name}".strip())
        fault = sessions.fails(kind, name) if kind != "begin" else None
        if fault in ("lost_before", "killed_before"):
            self._drop()
            if fault == "killed_before":
                raise ActorKilledError
            raise psycopg.OperationalError("the connection was lost before the statement was sent")
        try:
            answer = self._exchange(gen, sessions)
        except ActorKilledError:
            self._drop()
            raise
        if fault == "killed_after":
            self._drop()
            raise ActorKilledError
        if fault == "lost_after":
            self._drop()
            raise psycopg.OperationalError("the connection was lost before the answer came")
        return answer

    def is_answered(self, within_s: float) -> bool:
        """Whether the server has sent something."""
        if self.closed:
            return True
        ready, _, _ = select.select([self.pgconn.socket], [], [], within_s)
        return bool(ready)

    def _exchange(self, gen: Any, sessions: Sessions) -> Any:
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(self._readiness(wanted, sessions))
        except StopIteration as ended:
            return ended.value

    def _readiness(self, wanted: int, sessions: Sessions) -> Ready:
        socket, quiet = self.pgconn.socket, 0
        while True:
            reads = [socket] if wanted & Wait.R else []
            writes = [socket] if wanted & Wait.W else []
            readable, writable, _ = select.select(reads, writes, [], _ANSWERS_WITHIN_S)
            if readable or writable:
                return Ready((Ready.R if readable else 0) | (Ready.W if writable else 0))
            quiet += 1
            if quiet > _GIVEN_UP_AFTER:
                raise TimeoutError("PostgreSQL neither answers nor waits for a lock")
            if sessions.blocked([self]):
                sessions.wait_for_lock(self)

    def _drop(self) -> None:
        """The session ends; PostgreSQL rolls back what it had begun, before anybody else acts."""
        sessions = self.sessions
        if self.closed:
            return
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE and sessions is not None:
            sessions.end(self)
        self.close()


def _wait_until_gone(pids: Iterable[int]) -> None:
    """Wait until the server has seen off these processes of its own."""
    left, until = set(pids), time.monotonic() + _ENDS_WITHIN_S
    while left := {pid for pid in left if _is_there(pid)}:
        if time.monotonic() > until:
            raise TimeoutError(f"PostgreSQL's processes {left} do not end")
        time.sleep(_LOOKS_EVERY_S)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _connected(url: str) -> psycopg.Connection[Any]:
    """A connection to a server that may be recovering."""
    until = time.monotonic() + _ENDS_WITHIN_S
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(_LOOKS_EVERY_S)


def _named(gen: Any) -> tuple[str, str]:
    """What the exchange is: `begin`, `commit`, `rollback`, or a `statement` with the name of its file."""
    told = getattr(gen, "__qualname__", "")
    if told.endswith("_enter_gen"):
        return "begin", ""
    if told.endswith("_exit_gen"):
        frame = gen.gi_frame
        failed = frame is not None and frame.f_locals.get("exc_val") is not None
        return ("rollback" if failed else "commit"), ""
    query = gen.gi_frame.f_locals.get("query") if getattr(gen, "gi_frame", None) is not None else None
    return "statement", _files().get(query, "") if isinstance(query, str) else ""


@cache
def _files() -> dict[str, str]:
    """The name of each statement's file, by its text."""
    folder = Path(next(iter(rideflow.__path__)))
    return {path.read_text(encoding="utf-8"): path.stem for path in folder.rglob("sql/*.sql")}
