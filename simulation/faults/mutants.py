"""Looks for each planted fault until a rule is broken, and says which faults nobody found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice

from simulation.faults.house import Course, Outcome
from simulation.faults.injection import Site
from simulation.faults.people import WAYS, Way
from simulation.faults.planted import Planted, planting
from simulation.faults.shrinking import Runs
from simulation.faults.singles import Experiment, courses, single

RIDES = 10
CALM = Course(rides=len(WAYS), seed=1, ways=list(WAYS), cards=["pm_card_visa"], is_calm=True, plan={})
_STORMS = 6
_TELLING = ("commit", "stripe", "publish", "start", "states")
"""Calls whose failures tell most: they change something, or tell somebody."""


@dataclass(frozen=True)
class Verdict:
    """The run that found a planted fault, or None, and how many runs it took."""

    fault: Planted
    by: Outcome | None
    runs: int


def hunted(run: Runs, fault: Planted, calls: Mapping[Way, Sequence[Site]], most_runs: int = 14) -> Verdict:
    """Look for the fault: in the run that found it before, a calm one, stormy ones, then by single failures."""
    runs = 0
    with planting(fault):
        for course in islice(_courses(fault, calls), most_runs):
            runs += 1
            outcome = run(course)
            if outcome.violations:
                return Verdict(fault, outcome, runs)
    return Verdict(fault, None, runs)


def _courses(fault: Planted, calls: Mapping[Way, Sequence[Site]]) -> Iterator[Course]:
    if fault.broken:
        for seed, hours in ((1, 1), (2, 5)):
            yield Course(RIDES, seed, plan={}, broken=fault.broken, failures_last=timedelta(hours=hours))
    if fault.seed is not None:
        yield Course(RIDES, fault.seed)
    yield CALM
    yield from (Course(RIDES, seed) for seed in range(1, 1 + _STORMS))
    telling = {way: [site for site in sites if site.call.partition(" ")[0] in _TELLING] for way, sites in calls.items()}
    experiments: Iterator[Experiment] = single(telling)
    yield from chain(courses(experiments, 1), (replace(Course(RIDES, seed)) for seed in range(100, 120)))
