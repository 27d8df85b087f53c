"""Every single failure: each call of each way that a ride goes, with each kind of failure; and pairs around the money.

A calm run tells the calls of a way. Then rides go that way again, ten in a run, and each meets one failure. `both` is a
call that fails before it took effect, and whose repeat then fails after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import batched, combinations
from random import Random
from typing import NamedTuple

from simulation.faults.course import Course
from simulation.faults.injection import Site, kinds_of
from simulation.faults.people import WAYS, Way
from simulation.faults.shrinking import Runs

RIDES = 10
_BEFORE_AND_AFTER = {
    "lost_before": "lost_after", "killed_before": "killed_after", "timeout_before": "timeout_after",
    "500_before": "500_after", "reset": "closed_after",
}  # fmt: skip
_MONEY = ("capture_payment", "record_settlement", "record_payment_failure", "prepare_settlement", "release_hold",
          "record_release")  # fmt: skip


class Experiment(NamedTuple):
    """One ride on its way, with the failures that it meets."""

    way: Way
    strikes: tuple[tuple[Site, str], ...]


def sites(run: Runs, seed: int) -> dict[Way, list[Site]]:
    """The calls of each way, of a calm ride. Calls that an earlier way has too are left out."""
    found: dict[Way, list[Site]] = {}
    known: set[tuple[str, str, int]] = set()
    for way in WAYS:
        calm = run(Course(rides=1, seed=seed, ways=[way], cards=["pm_card_visa"], is_calm=True, plan={}))
        new = [site for site in calm.sites if site.ride is not None and site[1:] not in known]
        known |= {site[1:] for site in new}
        found[way] = new
    return found


def single(found: dict[Way, list[Site]]) -> Iterator[Experiment]:
    """Each site with each kind, and with `both`."""
    for way, calls in found.items():
        for site in calls:
            for kind in kinds_of(site.call):
                yield Experiment(way, ((site, kind),))
                if kind in _BEFORE_AND_AFTER:
                    again = site._replace(nth=site.nth + 1)
                    yield Experiment(way, ((site, kind), (again, _BEFORE_AND_AFTER[kind])))


def pairs(found: dict[Way, list[Site]]) -> Iterator[Experiment]:
    """Each two failures in the steps that capture, release and book."""
    for way, calls in found.items():
        around = [(site, kind) for site in calls if site.function in _MONEY for kind in kinds_of(site.call)]
        yield from (Experiment(way, pair) for pair in combinations(around, 2) if pair[0][0] != pair[1][0])


def some(experiments: Iterator[Experiment], share: float, seed: int) -> Iterator[Experiment]:
    """A share of the experiments, by chance; all of them with 1."""
    draw = Random(f"some {seed}")  # noqa: S311 - a simulation
    return (each for each in experiments if draw.random() < share)


def courses(experiments: Iterator[Experiment], seed: int) -> Iterator[Course]:
    """Runs of ten rides, each with its own experiment."""
    for number, together in enumerate(batched(experiments, RIDES, strict=False)):
        yield Course(
            rides=len(together), seed=seed + number, ways=[each.way for each in together], cards=["pm_card_visa"],
            plan={
                site._replace(ride=ride): kind for ride, each in enumerate(together) for site, kind in each.strikes
            },
        )  # fmt: skip
