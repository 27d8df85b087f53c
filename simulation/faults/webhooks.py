"""The provider's webhooks: each event is sent to us once, twice, late, or never, in any order; again if we fail."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import stripe

from simulation.faults.decisions import Decisions
from simulation.faults.functions import Functions, module
from simulation.faults.injection import Injection
from simulation.faults.provider import WEBHOOK_SECRET, Object, Provider
from simulation.faults.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Sequence

WAYS = ("once", "twice", "late", "days late", "lost")
REORDERED = "reordered"
OTHERWISE, SOON = 0.25, 0.3
_LATE_S = 1800.0
_DAYS_LATE = timedelta(days=3)
_AGAIN_AFTER_S: Sequence[float] = (60, 300, 1800, 3600, 7200)


class _Sent(NamedTuple):
    """An event of the provider by its number, and the ride that it is about."""

    number: int
    event: Object
    ride: int | None


class Webhooks:
    """Sends the events that have happened since the last look."""

    def __init__(
        self, scheduler: Scheduler, decisions: Decisions, injection: Injection, functions: Functions, provider: Provider
    ) -> None:
        self._scheduler, self._decisions, self._injection = scheduler, decisions, injection
        self._functions, self._provider = functions, provider
        self._seen = 0
        self.always: str | None = None
        """The way in which every event comes, rather than by chance."""
        self._newest: dict[str, int] = {}
        """The number of the newest event that came of each object."""
        self.coming = 0
        """Webhooks on their way, without those that are days late."""
        self._days_late: list[_Sent] = []

    def look(self) -> None:
        events = self._provider.events()
        for number, event in enumerate(events[self._seen :], self._seen):
            self._send(_Sent(number, event, self._ride_of(event)))
        self._seen = len(events)

    def _ride_of(self, event: Object) -> int | None:
        metadata = event["data"]["object"].get("metadata") or {}
        return self._functions.rides.get(metadata.get("trip_id", ""))

    def _send(self, sent: _Sent) -> None:
        if not sent.event["type"].startswith("payment_intent."):
            return
        soon = self._decisions.choose(2, SOON)
        way = self.always or WAYS[self._decisions.fail(len(WAYS), OTHERWISE)]
        if way != "once":
            self._injection.struck[f"webhook: {way}"] += 1
        if way == "lost":
            return
        if way == "days late":
            self._days_late.append(sent)
            return
        delay_s = _LATE_S if way == "late" else 0.5 if soon else 0.005
        for copy in range(2 if way == "twice" else 1):
            self._after(delay_s + copy / 50, sent, 0)

    def days_later(self) -> int:
        """Send what is days late, the newest first; returns how many there are. Schedules rested meanwhile."""
        late, self._days_late = self._days_late, []
        if late:
            self._scheduler.clock.move_to(self._scheduler.clock.at + _DAYS_LATE)
        for number, sent in enumerate(reversed(late)):
            self._after(number / 10, sent, 0)
        return len(late)

    def _after(self, delay_s: float, sent: _Sent, attempt: int) -> None:
        self.coming += 1
        self._scheduler.after(delay_s, lambda: self._deliver(sent, attempt))

    def _deliver(self, sent: _Sent, attempt: int) -> None:
        self._scheduler.spawn(f"webhook {sent.event['type']}", lambda: self._post(sent, attempt))

    def _post(self, sent: _Sent, attempt: int) -> None:
        body = json.dumps(sent.event)
        self._note_order(sent)

        def receive() -> None:
            signature = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
            receiving = module("receive_stripe_webhook")
            receiving.app.current_event = SimpleNamespace(body=body)
            receiving.receive_stripe_webhook(signature)

        try:
            self._functions.call("receive_stripe_webhook", receive, sent.ride)
        except Exception:
            if attempt < len(_AGAIN_AFTER_S):
                self._after(_AGAIN_AFTER_S[attempt], sent, attempt + 1)
        finally:
            self.coming -= 1

    def _note_order(self, sent: _Sent) -> None:
        """Count an event that comes after a later one of its object."""
        about = sent.event["data"]["object"]["id"]
        if sent.number < self._newest.get(about, -1):
            self._injection.struck[f"webhook: {REORDERED}"] += 1
        self._newest[about] = max(sent.number, self._newest.get(about, -1))
