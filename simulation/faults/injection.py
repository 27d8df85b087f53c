"""The kinds of failures, and which call each of them hits.

A call site is a function, a call that it makes, and the how-manieth of this call it is in the ride. A run draws its
failures by chance, or is given a plan: this call of this ride, this kind. A plan is how every site meets every kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from simulation.faults.scheduler import acting

if TYPE_CHECKING:
    from simulation.faults.decisions import Decisions

_KILLED = ("killed_before", "killed_after")
KINDS: Mapping[str, tuple[str, ...]] = {
    "statement": ("lost_before", "lost_after", *_KILLED),
    "commit": ("lost_before", "lost_after", *_KILLED),
    "stripe": (
        "timeout_before", "timeout_after", "reset", "closed_after", "429", "500_before", "500_after", "400", "slow",
        *_KILLED,
    ),
    "capture": ("decline_hold_lost", "decline_hold_kept"),
    "publish": ("lost_before", "lost_after", *_KILLED),
    "states": ("lost_before", "lost_after", *_KILLED),
    "start": ("lost_before", "lost_after", "started_twice", *_KILLED),
    "redis": ("lost_before", "lost_after", *_KILLED),
}  # fmt: skip
"""The kinds by what is called. `before` and `after` say whether the call took effect."""

CAPTURE = "POST /v1/payment_intents/*/capture"
CHANCES: Mapping[str, float] = {
    "statement": 0.008, "commit": 0.05, "stripe": 0.2, "publish": 0.05, "states": 0.05, "start": 0.08, "redis": 0.01,
}  # fmt: skip
"""How often a call fails. Those of which there are few fail more often, so that each ride meets some."""
MOST_OFTEN = 0.5


class Site(NamedTuple):
    """A call that may fail. `ride` is the ride that the function works for; None if it works for several."""

    ride: int | None
    function: str
    call: str
    nth: int


type Plan = Mapping[Site, str]


def kinds_of(call: str) -> tuple[str, ...]:
    """The kinds that a call may meet, by its name as `Injection.strikes` is given it."""
    what, _, name = call.partition(" ")
    return KINDS.get(what, ()) + (KINDS["capture"] if name == CAPTURE else ())


@dataclass
class Injection:
    """Decides what happens to each call. `plan` replaces chance; each call of a `broken` function fails in that way."""

    decisions: Decisions
    plan: Plan | None = None
    broken: Mapping[str, str] = field(default_factory=dict)
    temper: float = 1.0
    """By how much more often this run's calls fail than others'."""
    is_calm: bool = False
    struck: Counter[str] = field(default_factory=Counter)
    sites: dict[Site, None] = field(default_factory=dict)
    _seen: Counter[tuple[int | None, str, str]] = field(default_factory=Counter)

    def strikes(self, what: str, name: str) -> str | None:
        """The kind of failure that this call meets; None for none. Calls outside functions never fail."""
        actor = acting()
        if actor is None or actor.within is None or self.is_calm:
            return None
        call, invocation = f"{what} {name}".strip(), actor.within
        key = (invocation.ride, invocation.function, call)
        self._seen[key] += 1
        site = Site(*key, self._seen[key])
        self.sites[site] = None
        kind = self._kind(site)
        if kind is not None:
            self.struck[f"{what}: {kind}"] += 1
        return kind

    def _kind(self, site: Site) -> str | None:
        if (broken := self.broken.get(site.function)) is not None:
            return broken if broken in kinds_of(site.call) else None
        if self.plan is not None:
            return self.plan.get(site)
        kinds = kinds_of(site.call)
        chance = min(MOST_OFTEN, self.temper * CHANCES.get(site.call.partition(" ")[0], 0.0))
        chosen = self.decisions.fail(1 + len(kinds), chance)
        return kinds[chosen - 1] if chosen else None
