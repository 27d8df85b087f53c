"""Every single failure: each call of each way that a ride goes, with each kind of failure; and pairs around the money.

A calm run tells the calls of a way. Then rides go that way again, ten in a run, and each meets one failure. `both` is a
call that fails before it took effect, and whose repeat then fails after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched, combinations
from random import Random
from typing import NamedTuple

from simulation.faults.house import Course
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
_AT_THE_PROVIDER = ("place_hold", "capture_payment", "release_hold")
_WAIT: Way = "cancelled_while_held"
_OFTEN: tuple[Way, ...] = ("completed", "cancelled_late", _WAIT, _WAIT, _WAIT, _WAIT, "nobody_found", "no_show")
_PAYS, _DECLINES = "pm_card_visa", "pm_card_chargeCustomerFail"
_CARDS = [*[_PAYS] * (len(_OFTEN) - 1), _DECLINES]
_TOGETHER: tuple[dict[str, str], ...] = (
    {"place_hold": "killed_before", "reject_hold": "killed_before"},
    {"record_hold": "killed_before", "release_hold": "killed_before"},
    {"record_hold": "killed_before", "record_release": "killed_before"},
    {"capture_payment": "killed_before", "record_payment_failure": "killed_before"},
)
"""Steps that fail together: what follows from a failure fails too."""
_GIVES_UP_LATE = ("capture_payment", "release_hold")
_FOR_LONG, _FOR_AN_HOUR = timedelta(hours=3), timedelta(hours=1)
"""Captures and releases are tried for up to two hours before their saga gives up, the other steps for half an hour."""


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


def broken(functions: Sequence[str], seed: int) -> Iterator[Course]:
    """Runs in which a step of a saga fails for hours: what is caught, and what is repaired afterwards."""
    for function in functions:
        for kind in ("killed_before", "killed_after") if function in _AT_THE_PROVIDER else ("killed_before",):
            yield _failing({function: kind}, seed)
    yield from (_failing(together, seed) for together in _TOGETHER)


def _failing(together: Mapping[str, str], seed: int) -> Course:
    lasts = _FOR_LONG if together.keys() & {*_GIVES_UP_LATE} else _FOR_AN_HOUR
    return Course(len(_OFTEN), seed, ways=_OFTEN, cards=_CARDS, plan={}, broken=together, failures_last=lasts)


def a_webhook_after_the_failure(seed: int) -> Course:
    """Captures succeed and are not heard of: they are given up, and then their webhook comes at last."""
    unheard = {"capture_payment": "killed_after", "receive_stripe_webhook": "killed_before"}
    return Course(10, seed, ways=["completed"], cards=[_PAYS], plan={}, broken=unheard,
                  failures_last=timedelta(minutes=93))  # fmt: skip


def days_of_refusals(seed: int) -> Course:
    """Banks refuse each capture, and keep the hold, until it is over after four days."""
    return Course(3, seed, ways=["completed"], cards=[_PAYS], plan={}, captures="decline_hold_kept",
                  failures_last=timedelta(days=5), sweeps_rest=30)  # fmt: skip


def a_day_without_webhooks(seed: int) -> Course:
    """No webhook comes for more than a day: captures are confirmed by asking, under keys that the provider forgot."""
    lost = {"receive_stripe_webhook": "killed_before"}
    return Course(rides=10, seed=seed, plan={}, broken=lost, failures_last=timedelta(hours=26))
