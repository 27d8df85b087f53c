"""Rides under planted failures on a PostgreSQL and a Redis of the bench's own, watched by an independent oracle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from benchmarks.world import stores
from simulation.faults.exploring import Report, everything
from simulation.faults.house import Stores, run


@dataclass(frozen=True)
class FaultFigures:
    """What a run of the harness came to. `injected` counts failures by kind."""

    rides: int
    steps: int
    injected: dict[str, int]
    violations: int
    unvisited: int
    mutants: int
    mutants_killed: int
    seed: int


def explored(rides: int, seed: int) -> Iterator[Report]:
    """Explore so many rides from this seed."""
    with stores() as database_url, Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def progress(what: str, done: int, whole: int) -> None:
            task = tasks.setdefault(what, bars.add_task(what, total=whole))
            bars.update(task, completed=done)  # type: ignore[arg-type]

        redis_url = f"redis://{os.environ['REDIS_HOST']}:{os.environ['REDIS_PORT']}"
        reached = Stores(database_url, redis_url)
        yield everything(lambda course: run(reached, course), rides, seed, progress)
