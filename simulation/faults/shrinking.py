"""Makes a failing schedule as short as it gets, and writes it as a test.

Choices are taken out in ever smaller parts, as long as the same rule is still broken (delta debugging: A. Zeller and
R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002). A choice that is taken out is
the calm one, so the others keep their places until the runs differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from simulation.faults.course import Course, Outcome

type Runs = Callable[[Course], Outcome]

MOST_RUNS = 200


def shortest(run: Runs, failed: Outcome, most_runs: int = MOST_RUNS) -> Outcome:
    """The outcome of the shortest schedule that was found to break the rule that `failed` broke first."""
    rule, best, left = failed.violations[0].rule, failed, most_runs

    def still_fails(schedule: Mapping[int, int]) -> Outcome | None:
        nonlocal left
        left -= 1
        outcome = run(replace(failed.course, schedule=dict(schedule)))
        return outcome if any(each.rule == rule for each in outcome.violations) else None

    parts = 2
    while left > 0 and best.schedule:
        chosen = sorted(best.schedule)
        size = max(1, len(chosen) // parts)
        for start in range(0, len(chosen), size):
            without = set(chosen[start : start + size])
            outcome = still_fails({number: best.schedule[number] for number in chosen if number not in without})
            if outcome is not None and len(outcome.schedule) < len(best.schedule):
                best, parts = outcome, max(2, parts - 1)
                break
            if left <= 0:
                return best
        else:
            if size == 1:
                return best
            parts *= 2
    return best


def as_test(outcome: Outcome) -> str:
    """The outcome's course as a test, to be pasted beside the others."""
    course, violation = outcome.course, outcome.violations[0]
    name = "".join(letter if letter.isalnum() else "_" for letter in violation.rule.lower())
    given = {each.name: getattr(course, each.name) for each in fields(course)} | {
        "schedule": dict(sorted(outcome.schedule.items())), "stops_at_first": True,
    }  # fmt: skip
    plain = Course(course.rides, course.seed)
    arguments = [
        f"{name}={value!r}"
        for name, value in given.items()
        if name in ("rides", "seed", "schedule") or value != getattr(plain, name)
    ]
    return (
        f"def test_{name}(fault_stores: Stores) -> None:\n"
        f'    """{violation.rule}: ride {violation.ride}, {violation.found}."""\n'
        f"    outcome = run(fault_stores, Course({', '.join(arguments)}))\n"
        f"    assert outcome.violations == []\n"
    )
