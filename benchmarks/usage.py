"""The use of processor, memory, stores and log by the operations of a whole ride: the sizes of functions come from it.

The rides are those of `flow`, in one process. The processor's time of an operation is that of the process, threads
included. One process runs all operations, so its peak memory is more than each of them needs alone.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import redis

from benchmarks.flow import ready_for_rides
from benchmarks.flow_worker import API_KEY, WEBHOOK_SECRET, town

_WARM_UP = 3
_FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"

type Handler = Callable[[Any, Any], Any]
type Spent = dict[str, list[float]]
"""Operation → milliseconds of the processor for each of its invocations."""


@dataclass(frozen=True)
class OperationUse:
    """An operation's invocations a ride, and the mean milliseconds of the processor for each."""

    TABLE: ClassVar[str] = "Operations of a ride: processor (ms)"

    name: str
    a_ride: float
    cpu_ms: float


@dataclass(frozen=True)
class RideUse:
    """Milliseconds of a store's processor, its requests and bytes of the log for a ride; memory of the process."""

    TABLE: ClassVar[str] = "Stores and log of a ride, memory of all its operations"

    name: str
    value: float
    unit: str


def ride_uses(rides: int) -> Iterator[OperationUse | RideUse]:
    """Take that many rides. The rows of operations come first, in the order of their names."""
    with ready_for_rides() as database_url:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            spent, others = pool.submit(_rides, rides, database_url).result()
    for name in sorted(spent):
        times = spent[name]
        yield OperationUse(name, round(len(times) / rides, 2), round(sum(times) / len(times), 2))
    yield from others


def _rides(rides: int, database_url: str) -> tuple[Spent, list[RideUse]]:
    spent: Spent = defaultdict(list)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        for path in _FUNCTIONS.glob("*/*.py"):
            module: Any = import_module(f"functions.{path.parent.name}.{path.stem}")
            module.app = _watched(f"{path.parent.name}.{path.stem}", module.app, spent)
        return spent, _taken(rides, database_url, spent, lambda: os.fstat(log.fileno()).st_size)


def _taken(rides: int, database_url: str, spent: Spent, logged: Callable[[], int]) -> list[RideUse]:
    from benchmarks.aws import CloudInPlace, answered_in_place
    from benchmarks.round_trips import RoundTrips

    cloud = CloudInPlace({"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET})
    with answered_in_place(cloud), psycopg.connect(database_url, autocommit=True) as connection:
        one, calls = town(cloud, "bench-usage", database_url), RoundTrips()
        postmaster, client = _postmaster(connection), _redis()
        for _ in range(_WARM_UP):
            one.ride()
        spent.clear()
        sys.stdout.flush()
        before = (_cpu_ms(postmaster), _redis_ms(client), *calls.so_far(), logged())
        for _ in range(rides):
            one.ride()
        sys.stdout.flush()
        after = (_cpu_ms(postmaster), _redis_ms(client), *calls.so_far(), logged())
    names = {
        "PostgreSQL's processor": "ms",
        "Redis's processor": "ms",
        "statements": "statements",
        "Redis commands": "commands",
        "log": "bytes",
    }
    of_a_ride = [
        RideUse(name, round((last - first) / rides, 2), unit)
        for (name, unit), first, last in zip(names.items(), before, after, strict=True)
    ]
    return [*of_a_ride, RideUse("memory of the process", _peak_mb(), "MB")]


def _watched(name: str, app: Handler, spent: Spent) -> Handler:
    def watched(event: Any, context: Any) -> Any:
        began = time.process_time()
        try:
            return app(event, context)
        finally:
            spent[name].append((time.process_time() - began) * 1000)

    return watched


def _postmaster(connection: psycopg.Connection[Any]) -> int:
    """The id of the process that starts PostgreSQL's others."""
    row = connection.execute("select pg_read_file('postmaster.pid')").fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL does not say its process")
    return int(str(row[0]).split("\n", 1)[0])


def _cpu_ms(postmaster: int) -> float:
    """Milliseconds of PostgreSQL's processes so far, those that ended included; from Linux's /proc/<id>/stat."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            ticks += _ticks(path, postmaster)
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _ticks(stat: Path, postmaster: int) -> int:
    """A child's own user and system time, and that of the postmaster's ended children; 0 for any other process."""
    _, _, told = stat.read_text("utf-8", errors="replace").rpartition(")")
    fields = told.split()
    parent, own, ended = int(fields[1]), fields[11:13], fields[13:15]
    if stat.parent.name == str(postmaster):
        return sum(map(int, ended))
    return sum(map(int, own)) if parent == postmaster else 0


def _peak_mb() -> float:
    """The peak of this process. `getrusage` would tell that of its parent, if that is higher."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return round(int(status["VmHWM"].split()[0]) / 1024, 1)


def _redis() -> redis.Redis:
    return redis.Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))


def _redis_ms(client: redis.Redis) -> float:
    told: Any = client.info("cpu")
    return 1000 * float(told["used_cpu_user"] + told["used_cpu_sys"])
