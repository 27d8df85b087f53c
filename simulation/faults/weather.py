"""What befalls everybody: PostgreSQL crashes, Redis loses everything, Stripe is down, a deploy, clocks are off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from simulation.faults.decisions import Decisions
from simulation.faults.scheduler import Scheduler

EVERY_S = 20.0
HAPPENS = 0.06
DOWN_FOR_S = 400.0
RESTARTED, SESSIONS_ENDED = "PostgreSQL restarted", "PostgreSQL's sessions ended"
REDIS_LOST, DEPLOY, PROVIDER_DOWN = "Redis lost", "deploy", "provider down"
BEFALLS = (RESTARTED, SESSIONS_ENDED, REDIS_LOST, DEPLOY)
CLOCKS = ("clock: 5 s ahead", "clock: 5 s behind")
CLOCK_OFF = timedelta(seconds=5)
CLOCKS_OFF = 0.1


class Weather:
    """Asks every so often whether something happens."""

    def __init__(
        self,
        scheduler: Scheduler,
        decisions: Decisions,
        struck: Counter[str],
        happenings: Mapping[str, Callable[[], None]],
    ) -> None:
        """`struck` counts what happens; `happenings` are beside the provider's outages."""
        self._scheduler, self._decisions, self._struck = scheduler, decisions, struck
        self._happenings = {**happenings, PROVIDER_DOWN: self._provider_goes_down}
        self.is_over = self.provider_is_down = False
        self.befalls: Mapping[str, int] = {}
        """What happens every so many steps, rather than by chance."""

    def _provider_goes_down(self) -> None:
        self.provider_is_down = True
        self._scheduler.after(DOWN_FOR_S, self._provider_comes_back)

    def _provider_comes_back(self) -> None:
        self.provider_is_down = False

    def begin(self) -> None:
        self._scheduler.after(EVERY_S, self._look)

    def skew(self) -> timedelta:
        """How far the clock of a new environment is off."""
        off = self._decisions.fail(3, CLOCKS_OFF)
        if off:
            self._struck[CLOCKS[off - 1]] += 1
        return (timedelta(0), CLOCK_OFF, -CLOCK_OFF)[off]

    def stepped(self, steps: int) -> None:
        """So many steps were made."""
        for name, every in self.befalls.items():
            if not self.is_over and steps % every == 0:
                self._happens(name)

    def _look(self) -> None:
        if self.is_over:
            return
        chosen = self._decisions.fail(1 + len(self._happenings), HAPPENS)
        if chosen:
            self._happens(list(self._happenings)[chosen - 1])
        self._scheduler.after(EVERY_S, self._look)

    def _happens(self, name: str) -> None:
        self._struck[name] += 1
        self._happenings[name]()
