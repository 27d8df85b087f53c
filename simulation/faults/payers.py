"""Riders whose bank wants them before it holds the fare: what each does at the bank's page, and when.

The app asks for its trip, as it does after a reconnect, and finds the client secret there. The bank's page is the
double's own (`stripe_double.authentication`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any, Literal

from simulation.faults.functions import module
from simulation.faults.provider import Provider
from simulation.faults.scheduler import Scheduler

WANTS_HOLDER = "pm_card_authenticationRequired"
type Answer = Literal["confirms", "fails", "is_late", "never"]
ANSWERS: dict[Answer, int] = {"confirms": 50, "fails": 15, "is_late": 25, "never": 10}
"""The share of payers for each act. A late payer answers around the end of the time, before it or after it."""
_LOOKS_EVERY_S = 7.0
_LATE_S = (-6.0, 12.0)


def answer_drawn(draw: Random) -> Answer:
    """What a payer will do."""
    return draw.choices(list(ANSWERS), list(ANSWERS.values()))[0]


class Payer:
    """The rider at their bank's page, as an actor."""

    def __init__(self, scheduler: Scheduler, provider: Provider, answer: Answer, draw: Random) -> None:
        self._scheduler, self._provider, self._answer, self._draw = scheduler, provider, answer, draw

    def live(self, look: Callable[[], Any], waits: Callable[[], bool]) -> None:
        """Answer the bank once the trip asks for it. `look` shows the trip; `waits` says whether it is requested."""
        while waits():
            trip = look()
            if trip is not None and trip.payment_action is not None:
                self._answers(trip.payment_action.client_secret, trip.payment_action.until)
                return
            self._scheduler.pass_time(_LOOKS_EVERY_S)

    def _answers(self, client_secret: str, until: datetime) -> None:
        from stripe_double.authentication import decide

        if self._answer == "never":
            return
        left_s = (until - self._scheduler.clock.at).total_seconds()
        wait_s = left_s + self._draw.uniform(*_LATE_S) if self._answer == "is_late" else self._draw.uniform(1, 40)
        self._scheduler.pass_time(max(0.0, wait_s))
        self._scheduler.hand_over("stripe: the bank's page")
        intent = next(each for each in self._provider.intents() if each["client_secret"] == client_secret)
        if intent["status"] == "requires_action":
            decide(self._provider.world, intent, "fail" if self._answer == "fails" else "succeed")
        self._scheduler.hand_over("the bank has answered")


def shown(trip_id: Any, caller: Any) -> Any:
    """The trip as its rider's app shows it."""
    return module("get_trip").get_trip(trip_id, caller)
