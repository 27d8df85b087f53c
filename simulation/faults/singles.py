"""Every single failure: each call of each way that a ride goes, with each kind of failure; and pairs around the money.

A calm run tells the calls of a way. Then rides go that way again, ten in a run, and each meets one failure. `both` is a
call that fails before it took effect, and whose repeat then fails after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched, combinations
from random import Random
from typing import NamedTuple

from simulation.faults.course import Course
from simulation.faults.fares import SMALL, USUAL
from simulation.faults.injection import Plan, Site, kinds_of
from simulation.faults.payers import WANTS_HOLDER, Answer
from simulation.faults.people import MATCHER, WAYS, Way
from simulation.faults.shrinking import Runs

RIDES = 10
_BEFORE_AND_AFTER = {
    "lost_before": "lost_after", "killed_before": "killed_after", "timeout_before": "timeout_after",
    "500_before": "500_after", "reset": "closed_after",
}  # fmt: skip
_MONEY = ("capture_payment", "record_settlement", "record_payment_failure", "prepare_settlement", "release_hold",
          "record_release")  # fmt: skip
_TAKEN: tuple[Way, ...] = ("completed", "cancelled_late", "nobody_found")
"""Ways on which a fare is captured, a fee is, and a hold is released."""


class Route(NamedTuple):
    """A ride's way, its card, its product, and what its rider does if their bank wants them."""

    way: Way
    card: str = "pm_card_visa"
    product: str = USUAL
    answer: Answer = "confirms"


ROUTES = (
    *(Route(way) for way in WAYS),
    *(Route("completed", WANTS_HOLDER, answer=answer) for answer in ("confirms", "fails", "never")),
    Route("completed", "pm_card_chargeCustomerFail"),
    Route("completed", product=SMALL),
)
"""All that rides meet: each way, payers whose bank wants them, a declined card, a fare that is too small."""

type Sites = Mapping[Route, Sequence[Site]]


class Experiment(NamedTuple):
    """One ride on its route, with the failures that it meets."""

    route: Route
    strikes: tuple[tuple[Site, str], ...]


def sites(run: Runs, seed: int) -> Sites:
    """The calls of each route, of a calm ride; of schedules, which work for no ride, the first of each call.

    Calls that an earlier route has too are left out, and so is the matcher: an actor stands for it.
    """
    found: dict[Route, list[Site]] = {}
    known: set[tuple[str, str, int]] = set()
    for route in ROUTES:
        calm = run(_course([route], seed, is_calm=True))
        met = (site for site in calm.sites if (site.ride is not None or site.nth == 1) and site.function != MATCHER)
        found[route] = [site for site in met if site[1:] not in known]
        known |= {site[1:] for site in found[route]}
    return found


def around_the_money(run: Runs, seed: int) -> Sites:
    """The calls of steps that capture, release and book, of each route on which they do so."""
    outcomes = {Route(way): run(_course([Route(way)], seed, is_calm=True)) for way in _TAKEN}
    return {route: [site for site in calm.sites if site.function in _MONEY] for route, calm in outcomes.items()}


def single(found: Sites) -> Iterator[Experiment]:
    """Each site with each kind, and with `both`."""
    for route, calls in found.items():
        for site in calls:
            for kind in kinds_of(site.call):
                yield Experiment(route, ((site, kind),))
                if kind in _BEFORE_AND_AFTER:
                    again = site._replace(nth=site.nth + 1)
                    yield Experiment(route, ((site, kind), (again, _BEFORE_AND_AFTER[kind])))


def pairs(found: Sites) -> Iterator[Experiment]:
    """Each two failures around the money, of which one hits the request that captures or releases, or its repeat."""
    for route, calls in found.items():
        at_provider = [site for site in calls if site.call.startswith("stripe ")]
        repeated = [site._replace(nth=site.nth + 1) for site in at_provider]
        around = [(site, kind) for site in (*calls, *repeated) for kind in kinds_of(site.call)]
        for one, other in combinations(around, 2):
            if one[0] != other[0] and {one[0], other[0]} & {*at_provider}:
                yield Experiment(route, (one, other))


def some(experiments: Iterator[Experiment], share: float, seed: int) -> Iterator[Experiment]:
    """A share of the experiments, by chance; all of them with 1."""
    draw = Random(f"some {seed}")  # noqa: S311 - a simulation
    return (each for each in experiments if draw.random() < share)


def courses(experiments: Iterator[Experiment], seed: int) -> Iterator[Course]:
    """Runs of ten rides, each with its own experiment."""
    for number, together in enumerate(batched(experiments, RIDES, strict=False)):
        plan = {_of_ride(site, ride): kind for ride, each in enumerate(together) for site, kind in each.strikes}
        yield _course([each.route for each in together], seed + number, plan=plan)


def _of_ride(site: Site, ride: int) -> Site:
    """The ride's own call; of a schedule, a later one for each ride."""
    return site._replace(nth=site.nth + 2 * ride) if site.ride is None else site._replace(ride=ride)


def _course(routes: Sequence[Route], seed: int, *, plan: Plan | None = None, is_calm: bool = False) -> Course:
    ways, cards, products, answers = zip(*routes, strict=True)
    return Course(len(routes), seed, ways=ways, cards=cards, products=products, answers=answers, plan=plan or {},
                  is_calm=is_calm)  # fmt: skip
