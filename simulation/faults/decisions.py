"""The choices of a run: drawn from a seed, or replayed from a list.

A run asks for a choice wherever the world could go several ways: who acts next, whether a call fails, how often a
message is delivered. Choice 0 is always the calm one. A recorded run is the list of its other choices by their
position, so a schedule is short if little went wrong, and is shortened by taking choices out of it (`shrinking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

type Schedule = Mapping[int, int]
"""The choices that are not 0, by the number of the question."""


@dataclass
class Decisions:
    """Answers questions in order. With `given`, the choices are those; otherwise they are drawn by the seed."""

    seed: int
    given: Schedule | None = None
    taken: dict[int, int] = field(default_factory=dict)
    asked: int = 0
    fails_by_plan: bool = False
    """While set, only the order of steps is drawn; what fails is planned."""
    is_calm: bool = False
    """While set, every answer is 0, and nothing is recorded: the failures have stopped."""

    def __post_init__(self) -> None:
        self._draw = Random(f"decisions {self.seed}")  # noqa: S311 - a simulation

    def choose(self, options: int, chance: float) -> int:
        """A number below `options`. It is 0 except with this chance, and then any other with the same chance."""
        if self.is_calm or options < 2:
            return 0
        return self._chosen(options, chance)

    def fail(self, options: int, chance: float) -> int:
        """The same for what goes wrong, rather than for who acts next."""
        return 0 if self.fails_by_plan else self.choose(options, chance)

    def _chosen(self, options: int, chance: float) -> int:
        number = self.asked
        self.asked += 1
        if self.given is not None:
            chosen = min(self.given.get(number, 0), options - 1)
        else:
            chosen = self._draw.randrange(1, options) if self._draw.random() < chance else 0
        if chosen:
            self.taken[number] = chosen
        return chosen
