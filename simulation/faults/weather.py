"""What befalls everybody at once: PostgreSQL restarts, Redis loses everything, Stripe is down, a deploy, clocks are off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from simulation.faults.database import Sessions
from simulation.faults.decisions import Decisions
from simulation.faults.functions import Functions
from simulation.faults.injection import Injection
from simulation.faults.scheduler import Scheduler

EVERY_S = 20.0
HAPPENS = 0.06
DOWN_FOR_S = 400.0
CLOCK_OFF = timedelta(seconds=5)
CLOCKS_OFF = 0.1


class Weather:
    """Asks every so often whether something happens."""

    def __init__(
        self,
        scheduler: Scheduler,
        decisions: Decisions,
        injection: Injection,
        functions: Functions,
        sessions: Sessions,
    ) -> None:
        self._scheduler, self._decisions, self._injection = scheduler, decisions, injection
        self._happenings: dict[str, Callable[[], None]] = {
            "PostgreSQL restarted": sessions.end_all,
            "Redis lost": lambda: self.empty_redis(),
            "deploy": functions.discard_idle,
            "provider down": self._provider_goes_down,
        }
        self.empty_redis: Callable[[], None] = lambda: None
        self.is_over = self.provider_is_down = False

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
            self._injection.struck["clock: 5 s off"] += 1
        return (timedelta(0), CLOCK_OFF, -CLOCK_OFF)[off]

    def _look(self) -> None:
        if self.is_over:
            return
        chosen = self._decisions.fail(1 + len(self._happenings), HAPPENS)
        if chosen:
            name = list(self._happenings)[chosen - 1]
            self._injection.struck[name] += 1
            self._happenings[name]()
        self._scheduler.after(EVERY_S, self._look)
