"""Kills the planned processes with SIGKILL, and notes each.

| what          | is killed                                                | and then                            |
|---------------|----------------------------------------------------------|-------------------------------------|
| a function    | the process of one execution environment, while it works | LocalStack starts another one       |
| all functions | the process that all environments die with               | the same, for each of them          |
| PostgreSQL    | a backend at work: the server ends all, and recovers     | every session is gone, no commit is |
| Redis         | the server                                               | it starts empty                     |

PostgreSQL's first process is not killed: its keeper (`local/keeper.py`) would delete its data, as the end of a stack
does. A killed backend makes it throw shared memory away and replay its log, which is what a crash is. LocalStack,
Cognito and the double of Stripe are not killed: all that they hold is in their memory, so nothing could be compared.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from infra.constructs.naming import resource_name
from local.stack import Stack
from tests.e2e.kills.plan import FunctionKill, Plan, Store
from tests.e2e.kills.processes import FunctionProcesses, forking_server, server_of
from tests.eventually import eventually

_LOOKS_EVERY_S = 0.003
_AT_WORK = """
    select pid from pg_stat_activity
    where backend_type = 'client backend' and usename <> 'postgres' and state <> 'idle'
    limit 1
"""
_BACK_WITHIN_S = 60.0


@dataclass(frozen=True)
class Kill:
    """A process that was killed: of a function, by its name as `payments.place_hold`, or of a store."""

    what: str
    pid: int


@dataclass
class _Watched:
    """A function with kills left."""

    left: list[FunctionKill]
    turns: int = 0


@dataclass
class Killer:
    """Kills by the plan, from `start` to `stop`."""

    stack: Stack
    plan: Plan
    done: list[Kill] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _due: list[tuple[float, int, str]] = field(default_factory=list)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="killer")
        self._thread.start()

    def stop(self) -> None:
        """Kill nobody any more; returns when that is certain."""
        self._stopped.set()
        self._thread.join()

    def kill_store(self, store: Store) -> None:
        """Kill what a store, or all functions, run in; returns when it is back."""
        {"PostgreSQL": self._postgres, "Redis": self._redis, "all functions": self._functions}[store]()

    # Functions.

    def _run(self) -> None:
        watched: dict[str, _Watched] = defaultdict(lambda: _Watched([]))
        for kill in self.plan.functions:
            watched[kill.function].left.append(kill)
        processes = FunctionProcesses(self.stack.folder.log("localstack"))
        try:
            while not self._stopped.wait(_LOOKS_EVERY_S):
                processes.look()
                self._kill_due()
                for function, each in watched.items():
                    if each.left:
                        self._watch(processes, function, each)
        finally:
            processes.close()

    def _watch(self, processes: FunctionProcesses, function: str, watched: _Watched) -> None:
        name = resource_name("local", *function.split("."))
        for pid in processes.at_work(name, time.monotonic_ns()):
            watched.turns += 1
            if watched.left and watched.turns >= watched.left[0].turn:
                self._due.append((time.monotonic() + watched.left.pop(0).after_ms / 1000, pid, function))

    def _kill_due(self) -> None:
        now = time.monotonic()
        for due in [each for each in self._due if each[0] <= now]:
            self._due.remove(due)
            self._kill(due[1], due[2])

    # Stores.

    def _functions(self) -> None:
        pid = eventually(lambda: forking_server(self.stack))
        self._kill(pid, "all functions")

    def _postgres(self) -> None:
        """A session of the time before is told that it is over, so the server has noticed; a new one is let in."""
        record = self.stack.record
        assert record is not None
        with psycopg.connect(record.database_url, autocommit=True) as before:
            row = eventually(lambda: before.execute(_AT_WORK).fetchone())
            self._kill(row[0], "PostgreSQL")
            with suppress(psycopg.OperationalError):
                while True:
                    before.execute("select pg_sleep(0.05)")
        eventually(lambda: _answers(record.database_url), _BACK_WITHIN_S)

    def _redis(self) -> None:
        self._kill(server_of(self.stack, "redis"), "Redis")
        self.stack.restart_redis()

    def _kill(self, pid: int, what: str) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.done.append(Kill(what, pid))


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2) as connection:
        return bool(connection.execute("select 1").fetchone())
    return False
