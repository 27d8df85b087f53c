"""Rides under planted failures: no rule is broken, and every run can be repeated step by step."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from simulation.faults import singles
from simulation.faults.course import Course, Outcome
from simulation.faults.environments import import_everything
from simulation.faults.exploring import Report, everything
from simulation.faults.house import run
from simulation.faults.injection import Site
from simulation.faults.known import OPEN
from simulation.faults.mutants import CALM, hunted
from simulation.faults.people import WAYS
from simulation.faults.planted import AnchorError, Planted, planted, planting
from simulation.faults.shrinking import as_test, shortest
from simulation.faults.stores import Stores
from simulation.faults.weather import DEPLOY, RESTARTED

LEAST_STEPS = 3_000
LEAST_STEPS_OF_THE_LONG_TEST = 100_000
ALWAYS_FOUND = ("a capture takes the whole hold", "the driver's share is another", "a captured hold stays reserved")
"""Planted faults that a calm run finds within seconds."""


def named(name: str) -> Planted:
    return next(each for each in planted() if each.name == name)


def test_a_calm_run_takes_every_ride_its_way(fault_stores: Stores) -> None:
    outcome = run(fault_stores, CALM)

    assert outcome.violations == []
    assert len(WAYS) >= 10
    assert outcome.struck.total() == 0


def test_payers_answer_their_banks_and_small_fares_wait_for_the_next_ride(fault_stores: Stores) -> None:
    outcome = run(fault_stores, replace(CALM, ways=CALM.ways[-8:], cards=CALM.cards[-8:], products=CALM.products[-8:]))

    answered = {(state, edge) for _, state, edge, _ in outcome.edges}
    assert outcome.violations == []
    assert {("IsTheTripWaiting", "choice wants_payer"), ("AskPayer", "next"), ("ConcludeHold", "next")} <= answered
    assert {("processing", "carried"), ("carried", "settled")} <= outcome.order_transitions


def test_in_a_storm_no_rule_is_broken_and_the_schedule_repeats_it(fault_stores: Stores) -> None:
    storm = run(fault_stores, Course(rides=10, seed=202))
    again = run(fault_stores, Course(rides=10, seed=202, schedule=storm.schedule))

    assert storm.violations == []
    assert storm.steps >= LEAST_STEPS
    assert storm.struck.total() > 50
    assert storm.set_aside > 0, "no actor waited for a lock of PostgreSQL while others acted"
    assert again.trace == storm.trace
    assert again.violations == storm.violations


def test_a_planned_failure_meets_the_call_that_it_is_planned_for(fault_stores: Stores) -> None:
    capture = Site(0, "capture_payment", "stripe POST /v1/payment_intents/*/capture", 1)
    course = Course(rides=1, seed=1, ways=["completed"], cards=["pm_card_visa"], plan={capture: "timeout_after"})

    outcome = run(fault_stores, course)

    struck = {kind: often for kind, often in outcome.struck.items() if not kind.startswith("webhook")}
    assert struck == {"stripe: timeout_after": 1}
    assert outcome.violations == []


def test_postgresql_crashes_again_and_again_and_what_was_committed_is_there(fault_stores: Stores) -> None:
    crashes = Course(
        3, 1, ways=["completed", "cancelled_late"], cards=["pm_card_visa"], plan={}, befalls={RESTARTED: 90}
    )

    outcome = run(fault_stores, crashes)

    assert outcome.violations == []
    assert outcome.struck[RESTARTED] >= 5
    assert ("captured", "settled") in outcome.order_transitions


def test_executions_end_with_the_release_that_they_began_with(fault_stores: Stores) -> None:
    deploys = Course(3, 1, ways=["completed"], cards=["pm_card_visa"], plan={}, befalls={DEPLOY: 20})

    outcome = run(fault_stores, deploys)
    with planting(named("a step of an execution calls the live release")):
        of_another = run(fault_stores, deploys)

    assert outcome.violations == []
    assert outcome.struck[DEPLOY] > 10
    assert {each.rule for each in of_another.violations} == {"an execution ends with its release"}


@pytest.mark.parametrize("name", ALWAYS_FOUND)
def test_a_planted_fault_is_found(fault_stores: Stores, name: str) -> None:
    verdict = hunted(partial(run, fault_stores), named(name), {}, most_runs=1)

    assert verdict.by is not None, name


def test_a_violation_is_shrunk_to_a_test_that_still_shows_it(fault_stores: Stores) -> None:
    fault, place_hold = named("each try of a hold has another key"), "stripe POST /v1/payment_intents"
    course = Course(
        rides=1, seed=1, ways=["completed"], cards=["pm_card_visa"],
        plan={Site(0, "place_hold", place_hold, 1): "killed_after"},
    )  # fmt: skip
    with planting(fault):
        found = run(fault_stores, course)
        least = shortest(partial(run, fault_stores), found, most_runs=20)

    assert found.violations[0].rule == "an order holds once"
    assert len(least.schedule) <= len(found.schedule)
    assert "an_order_holds_once" in as_test(least)


def test_the_faults_that_are_planted_have_different_names() -> None:
    names = [fault.name for fault in planted()]

    assert len(names) == len(set(names)) >= 40


def test_the_code_that_planted_faults_change_is_there_once() -> None:
    import_everything()

    gone = []
    for fault in planted():
        try:
            with planting(fault):
                pass
        except AnchorError as error:
            gone.append(str(error))

    assert gone == []


@pytest.mark.long
def test_a_long_exploration_breaks_no_rule_visits_everything_and_finds_every_planted_fault(
    fault_stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its steps, all kinds of failures, the coverage of tables and workflows, and the planted faults by their names."""
    from rich.console import Console
    from rich.progress import Progress

    with capsys.disabled(), Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=whole)
            bars.update(tasks[what], completed=done)

        report: Report = everything(partial(run, fault_stores), 150, 1, progress)
    assert report.tests == [], "\n".join(report.tests)
    assert report.violations == []
    assert report.steps >= LEAST_STEPS_OF_THE_LONG_TEST
    assert report.unvisited == []
    assert report.survived == []
    assert set(report.known) == set(OPEN), "a known fault shows no more: take it out of the list"


@pytest.mark.long
def test_every_single_failure_breaks_no_rule(fault_stores: Stores) -> None:
    """A share of all single failures and pairs, by the seed; `bench --singles 1` runs all of them."""
    take = partial(run, fault_stores)
    calls, money = singles.sites(take, 1), singles.around_the_money(take, 1)
    experiments = [*singles.some(singles.single(calls), 0.34, 1), *singles.some(singles.pairs(money), 0.04, 1)]

    broken: list[Outcome] = [
        outcome for course in singles.courses(iter(experiments), 1) if (outcome := take(course)).violations
    ]

    assert [as_test(each) for each in broken] == []
