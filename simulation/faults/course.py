"""What a run is asked for, and what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulation.faults.decisions import Schedule
from simulation.faults.injection import Plan
from simulation.faults.oracle import Violation
from simulation.faults.payers import Answer
from simulation.faults.people import Way

FAILURES_LAST = timedelta(minutes=40)
ENDS_WITHIN = timedelta(hours=2)


@dataclass(frozen=True)
class Course:
    """What a run is asked for. A schedule or a plan replaces chance; `ways` and the like are those of the rides."""

    rides: int
    seed: int
    schedule: Schedule | None = None
    plan: Plan | None = None
    ways: Sequence[Way] = ()
    cards: Sequence[str] = ()
    products: Sequence[str] = ()
    answers: Sequence[Answer] = ()
    broken: Mapping[str, str] = field(default_factory=dict)
    """Functions whose every first call fails in this way, until failures stop."""
    befalls: Mapping[str, int] = field(default_factory=dict)
    """What befalls everybody every so many steps (`weather`), until failures stop."""
    captures: str | None = None
    """What the banks of all rides do to each capture."""
    webhooks: str | None = None
    """How every webhook comes (`webhooks.WAYS`)."""
    sweeps_rest: int = 1
    """Until failures stop, schedules run so many times as seldom: for runs that last for days."""
    is_calm: bool = False
    stops_at_first: bool = True
    failures_last: timedelta = FAILURES_LAST
    ends_within: timedelta = ENDS_WITHIN
    """How long everything may take to end after the failures."""


@dataclass
class Outcome:
    """What a run found."""

    course: Course
    steps: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    known: Counter[str] = field(default_factory=Counter)
    """How often each known fault of the product showed, by its rule."""
    schedule: dict[int, int] = field(default_factory=dict)
    edges: set[tuple[str, str, str, str]] = field(default_factory=set)
    order_transitions: set[tuple[str, str]] = field(default_factory=set)
    trip_transitions: set[tuple[str, str]] = field(default_factory=set)
    trip_events: set[str] = field(default_factory=set)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    sites: list[Any] = field(default_factory=list)
    set_aside: int = 0
    trace: list[str] = field(default_factory=list)
