"""The provider's webhooks: each event is sent to us once, twice, late, or never, in any order; again if we fail."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import stripe

from simulation.faults.decisions import Decisions
from simulation.faults.functions import Functions, module
from simulation.faults.injection import Injection
from simulation.faults.provider import WEBHOOK_SECRET, Object, Provider
from simulation.faults.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Sequence

WAYS = ("once", "twice", "late", "days late", "lost")
OTHERWISE, SOON = 0.25, 0.3
_LATE_S = 1800.0
_AGAIN_AFTER_S: Sequence[float] = (60, 300, 1800, 3600, 7200)


class Webhooks:
    """Sends the events that have happened since the last look."""

    def __init__(
        self, scheduler: Scheduler, decisions: Decisions, injection: Injection, functions: Functions, provider: Provider
    ) -> None:
        self._scheduler, self._decisions, self._injection = scheduler, decisions, injection
        self._functions, self._provider = functions, provider
        self._seen = 0
        self.coming = 0
        """Webhooks on their way, without those that are days late."""
        self._days_late: list[tuple[Object, int | None]] = []

    def look(self) -> None:
        events = self._provider.events()
        for event in events[self._seen :]:
            self._send(event)
        self._seen = len(events)

    def _send(self, event: Object) -> None:
        intent = event["data"]["object"]
        ride = self._functions.rides.get((intent.get("metadata") or {}).get("trip_id", ""))
        if not event["type"].startswith("payment_intent."):
            return
        soon = self._decisions.choose(2, SOON)
        way = WAYS[self._decisions.fail(len(WAYS), OTHERWISE)]
        if way != "once":
            self._injection.struck[f"webhook: {way}"] += 1
        if way == "lost":
            return
        if way == "days late":
            self._days_late.append((event, ride))
            return
        delay_s = _LATE_S if way == "late" else 0.5 if soon else 0.005
        for copy in range(2 if way == "twice" else 1):
            self._after(delay_s + copy / 50, event, ride, 0)

    def days_later(self) -> int:
        """Send what is days late, the newest first; returns how many there are."""
        late, self._days_late = self._days_late, []
        for number, (event, ride) in enumerate(reversed(late)):
            self._after(number / 10, event, ride, 0)
        return len(late)

    def _after(self, delay_s: float, event: Object, ride: int | None, attempt: int) -> None:
        self.coming += 1
        self._scheduler.after(delay_s, lambda: self._deliver(event, ride, attempt))

    def _deliver(self, event: Object, ride: int | None, attempt: int) -> None:
        self._scheduler.spawn(f"webhook {event['type']}", lambda: self._post(event, ride, attempt))

    def _post(self, event: Object, ride: int | None, attempt: int) -> None:
        body = json.dumps(event)

        def receive() -> None:
            signature = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
            receiving = module("receive_stripe_webhook")
            receiving.app.current_event = SimpleNamespace(body=body)
            receiving.receive_stripe_webhook(signature)

        try:
            self._functions.call("receive_stripe_webhook", receive, ride)
        except Exception:
            if attempt < len(_AGAIN_AFTER_S):
                self._after(_AGAIN_AFTER_S[attempt], event, ride, attempt + 1)
        finally:
            self.coming -= 1
