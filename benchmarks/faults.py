"""Rides under planted failures on a PostgreSQL and a Redis of the bench's own, watched by an independent oracle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import Progress, TaskID

from benchmarks.world import stores
from simulation.faults.exploring import Report, everything
from simulation.faults.house import run
from simulation.faults.stores import Stores


@dataclass(frozen=True)
class FaultFigures:
    """What an exploration came to. `injected` counts failures by their kind."""

    rides: int
    steps: int
    injected: dict[str, int]
    violations: int
    unvisited: int
    mutants: int
    mutants_killed: int
    seed: int

    @property
    def has_failed(self) -> bool:
        return bool(self.violations or self.unvisited or self.mutants_killed < self.mutants)


def fault_figures(rides: int, seed: int, singles: float = 0.0) -> Iterator[FaultFigures]:
    """Explore so many rides from this seed, and this share of all single failures; say by name what is wrong."""
    console = Console(stderr=True)
    with stores() as database_url, Progress(console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=whole)
            bars.update(tasks[what], completed=done)
            if done == whole and not console.is_terminal:
                console.print(f"{what}: {whole}")

        redis_url = f"redis://{os.environ['REDIS_HOST']}:{os.environ['REDIS_PORT']}"
        report = everything(partial(run, Stores(database_url, redis_url)), rides, seed, progress, singles)
    for line in _said(report):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    yield FaultFigures(**report.as_json())


def _said(report: Report) -> Iterator[str]:
    """The names of what is wrong, and of what is known."""
    yield from report.tests
    yield from (f"not visited: {name}" for name in report.unvisited)
    yield from (f"planted, and not found: {name}" for name in report.survived)
    yield from (f"known and open, seen {often} times: {rule}" for rule, often in report.known.items())
