"""Looks for each planted fault until a rule is broken, and says which faults nobody found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice

from simulation.faults.course import ENDS_WITHIN, Course, Outcome
from simulation.faults.fares import SMALL, USUAL
from simulation.faults.hardships import cancelled_at_once, refusals, without_webhooks
from simulation.faults.payers import WANTS_HOLDER
from simulation.faults.people import WAYS, Way
from simulation.faults.planted import Planted, planting
from simulation.faults.shrinking import Runs
from simulation.faults.singles import Experiment, Sites, courses, single

RIDES = 10
_PAYERS, _OF_ONE_RIDER = 5, (SMALL, SMALL, USUAL)
_DRIVEN: list[Way] = ["completed"] * (_PAYERS + len(_OF_ONE_RIDER))
CALM = Course(
    rides=len(WAYS) + _PAYERS + len(_OF_ONE_RIDER), seed=1, is_calm=True, plan={},
    ways=[*WAYS, *_DRIVEN],
    cards=[*["pm_card_visa"] * len(WAYS), *[WANTS_HOLDER] * _PAYERS, *["pm_card_visa"] * len(_OF_ONE_RIDER)],
    products=[*[USUAL] * (len(WAYS) + _PAYERS), *_OF_ONE_RIDER],
)  # fmt: skip
"""Each way once, riders whose banks want them, and a rider with small fares; nothing fails."""
_STORMS = 6
_BEFORE_THE_SWEEP = timedelta(minutes=50)
RUNS: Mapping[str, Course] = {
    "refusals": refusals(1), "without webhooks": without_webhooks(1), "cancelled at once": cancelled_at_once(1),
}  # fmt: skip
"""Runs that look for what others do not show, by name."""
_TELLING = ("commit", "stripe", "publish", "start", "states")
"""Calls whose failures tell most: they change something, or tell somebody."""


@dataclass(frozen=True)
class Verdict:
    """The run that found a planted fault, or None, and how many runs it took."""

    fault: Planted
    by: Outcome | None
    runs: int


def hunted(run: Runs, fault: Planted, calls: Sites, most_runs: int = 14) -> Verdict:
    """Look for the fault: in the run that found it before, a calm one, stormy ones, then by single failures."""
    runs = 0
    with planting(fault):
        for course in islice(_courses(fault, calls), most_runs):
            runs += 1
            outcome = run(course)
            if outcome.violations:
                return Verdict(fault, outcome, runs)
    return Verdict(fault, None, runs)


def _courses(fault: Planted, calls: Sites) -> Iterator[Course]:
    yield from _found_before(fault)
    yield CALM
    yield from (Course(RIDES, seed) for seed in range(1, 1 + _STORMS))
    telling = {
        route: [site for site in sites if site.call.partition(" ")[0] in _TELLING] for route, sites in calls.items()
    }
    experiments: Iterator[Experiment] = single(telling)
    yield from chain(courses(experiments, 1), (replace(Course(RIDES, seed)) for seed in range(100, 120)))


def _found_before(fault: Planted) -> Iterator[Course]:
    """The run that found the fault before."""
    if fault.found_by:
        yield RUNS[fault.found_by]
    elif fault.broken:
        ends_within = _BEFORE_THE_SWEEP if fault.soon else ENDS_WITHIN
        yield Course(RIDES, fault.seed or 1, plan={}, broken=fault.broken, failures_last=timedelta(hours=fault.hours),
                     ends_within=ends_within)  # fmt: skip
    elif fault.seed is not None:
        yield Course(RIDES, fault.seed)


def sound(faults: Sequence[Planted]) -> list[Course]:
    """The runs that found faults before, once each: without a fault they have to break no rule."""
    each: list[Course] = []
    for fault in faults:
        each += [course for course in _found_before(fault) if course not in each]
    return each
