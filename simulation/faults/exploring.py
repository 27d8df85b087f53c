"""A whole exploration: storms, steps that fail for hours, planted faults; and what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from simulation.faults import coverage, hardships, mutants, sagas, singles
from simulation.faults.course import Course, Outcome
from simulation.faults.oracle import Violation
from simulation.faults.planted import planted
from simulation.faults.shrinking import Runs, as_test, shortest

RIDES_OF_A_RUN = 10
"""So many rides interleave in a run."""

type Progress = Callable[[str, int, int], None]
"""Told what is run, how many runs are done, and how many there are."""


@dataclass
class Report:
    """What an exploration found. `tests` are the shortest schedules of its violations, as tests."""

    seed: int
    rides: int = 0
    steps: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    unvisited: list[str] = field(default_factory=list)
    mutants: int = 0
    killed: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list, repr=False)

    def take(self, outcome: Outcome) -> None:
        self.rides += outcome.course.rides
        self.steps += outcome.steps
        self.injected += outcome.struck
        self.known += outcome.known
        self.violations += outcome.violations
        self.outcomes.append(outcome)

    def as_json(self) -> dict[str, Any]:
        """The figures for scripts."""
        return {
            "rides": self.rides,
            "steps": self.steps,
            "injected": dict(self.injected.most_common()),
            "violations": len(self.violations),
            "unvisited": len(self.unvisited),
            "mutants": self.mutants,
            "mutants_killed": len(self.killed),
            "seed": self.seed,
        }


def storms(rides: int, seed: int) -> Iterator[Course]:
    """Runs in which everything may fail."""
    for number in range(-(-rides // RIDES_OF_A_RUN)):
        yield Course(RIDES_OF_A_RUN, seed + number)


def steps_that_fail(seed: int) -> Iterator[Course]:
    """Runs in which a step of a saga fails for hours, each step once: what is caught, and what is repaired later."""
    yield from hardships.broken([*_steps()], seed)
    yield from hardships.befallen(seed)
    yield hardships.executions_twice(seed)
    yield hardships.without_webhooks(seed)
    yield hardships.cancelled_at_once(seed)
    yield hardships.forgotten_keys(seed)
    yield hardships.a_day_without_webhooks(seed)
    yield hardships.days_of_refusals(seed)
    yield hardships.refusals(seed)
    yield hardships.holds_lost(seed)
    yield hardships.a_capture_that_nobody_heard_of(seed)
    yield hardships.every_way(seed)


def _experiments(run: Runs, calls: singles.Sites, share: float, seed: int) -> Iterator[Course]:
    """A share of all single failures, and of all pairs around the money."""
    each = chain(singles.single(calls), singles.pairs(singles.around_the_money(run, seed)))
    yield from singles.courses(singles.some(each, share, seed), seed)


def _steps() -> dict[str, None]:
    """The functions of both workflows."""
    definitions = [sagas.definition(name) for name in (sagas.MATCH, sagas.SETTLE)]
    tasks = [state for each in definitions for state in each["States"].values() if state["Type"] == "Task"]
    return dict.fromkeys(_function(state["Parameters"]["FunctionName.$"]) for state in tasks)


def _function(expression: str) -> str:
    """`States.Format('place_hold:{}', …)` → `place_hold`."""
    return expression.partition("'")[2].partition(":")[0]


def explored(run: Runs, courses: list[Course], report: Report, progress: Progress, what: str) -> None:
    """Run the courses. The first violation of each rule is shrunk and written as a test."""
    seen: set[str] = {violation.rule for violation in report.violations}
    for number, course in enumerate(courses):
        progress(what, number, len(courses))
        outcome = run(course)
        report.take(outcome)
        if outcome.violations and outcome.violations[0].rule not in seen:
            seen.add(outcome.violations[0].rule)
            report.tests.append(as_test(shortest(run, outcome)))
    progress(what, len(courses), len(courses))


def everything(run: Runs, rides: int, seed: int, progress: Progress, singles_share: float = 0.0) -> Report:
    """Storms of so many rides, every step that fails for hours, a share of single failures, then all planted faults."""
    report = Report(seed)
    explored(run, [*storms(rides, seed)], report, progress, "storms")
    explored(run, [*steps_that_fail(seed)], report, progress, "steps that fail for hours")
    calls = singles.sites(run, seed)
    if singles_share:
        explored(run, [*_experiments(run, calls, singles_share, seed)], report, progress, "single failures and pairs")
    report.unvisited = coverage.unvisited(report.outcomes)
    faults = planted()
    explored(run, mutants.sound(faults), report, progress, "runs for planted faults, without them")
    report.mutants = len(faults)
    for number, fault in enumerate(faults):
        progress("planted faults", number, len(faults))
        (report.killed if mutants.hunted(run, fault, calls).by else report.survived).append(fault.name)
    progress("planted faults", len(faults), len(faults))
    return report
