"""Webhooks: events are signed, posted in the background and retried, and on demand doubled, held, dropped or delayed.

Each endpoint has a queue of its own. With one worker (the setting's default) first attempts go out in the order of the
events; a failed attempt comes back to the queue after its delay and delays no other. Stripe promises no order.
"""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import deque
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

import httpx

from stripe_double.webhook_endpoints import listening
from stripe_double.world import Object, World, new_id

LOGGED = 10_000

type Action = Literal["duplicate", "drop", "delay", "hold", "second_event"]


def signature(secrets: Iterable[str], body: bytes, at: int) -> str:
    """The `Stripe-Signature` header: a signature with each secret that is valid now.

    https://docs.stripe.com/webhooks#verify-manually, https://docs.stripe.com/webhooks#roll-endpoint-secrets
    """
    signed = str(at).encode() + b"." + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])


@dataclass(slots=True)
class WebhookFault:
    """Hits events of a type (a glob) and with this metadata; `times` counts down, and None never ends."""

    action: Action
    times: int | None = 1
    type: str = "*"
    metadata: dict[str, str] = field(default_factory=dict)
    copies: int = 2
    seconds: float = 1.0

    def strikes(self, event: Object) -> bool:
        subject = event["data"]["object"]
        if self.times == 0 or not fnmatchcase(event["type"], self.type):
            return False
        if not self.metadata.items() <= (subject.get("metadata") or {}).items():
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Attempt:
    """One POST of one event to one endpoint; `status` None means no answer came."""

    event: str
    type: str
    endpoint: str
    number: int
    status: int | None = None
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class _Delivery:
    event: Object
    body: bytes
    endpoint: str
    number: int = 1


class Webhooks:
    """Belongs to the server's event loop: every method is called on it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client: httpx.AsyncClient | None = None
        self._queues: dict[str, asyncio.Queue[_Delivery]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._faults: list[WebhookFault] = []
        self._held: list[Object] = []
        self._open = 0
        self.attempts: deque[Attempt] = deque(maxlen=LOGGED)

    async def start(self) -> None:
        self._client = httpx.AsyncClient(timeout=self._world.settings.webhook_timeout_s, trust_env=False)

    async def stop(self) -> None:
        await self.forget()
        if self._client is not None:
            await self._client.aclose()

    async def forget(self) -> None:
        """Drop everything that is still to be sent."""
        for timer in self._timers:
            timer.cancel()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for kept in (self._timers, self._workers, self._queues, self._faults, self._held, self.attempts):
            kept.clear()
        self._open = 0

    def add_fault(self, fault: WebhookFault) -> WebhookFault:
        self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        self._faults.clear()

    def view(self) -> dict[str, Any]:
        return {
            "pending": self._open,
            "held": [{"id": event["id"], "type": event["type"]} for event in self._held],
            "faults": [asdict(fault) for fault in self._faults],
            "attempts": [asdict(attempt) for attempt in self.attempts],
        }

    def pump(self) -> None:
        """Send the events since the last call."""
        with self._world.lock:
            events, self._world.unsent[:] = list(self._world.unsent), []
        for event in events:
            self._dispatch(event)

    def _dispatch(self, event: Object) -> None:
        fault = next((fault for fault in self._faults if fault.strikes(event)), None)
        match fault.action if fault else None:
            case "drop":
                return
            case "hold":
                self._held.append(event)
            case "delay":
                self._later(fault.seconds if fault else 0, lambda: self.send(event))
            case "duplicate":
                self.send(event, copies=fault.copies if fault else 1)
            case "second_event":
                self.send(event)
                self.send(self._second(event))
            case _:
                self.send(event)

    def _second(self, event: Object) -> Object:
        """Another Event of the same fact, with an id of its own.

        Source: https://docs.stripe.com/webhooks#handle-duplicate-events.
        """
        with self._world.lock, self._world.acting_for(event.get("account")):
            return self._world.keep({**deepcopy(event), "id": new_id("evt_1")})

    def release(self, order: list[str] | None, shuffle: int | None, *, reverse: bool) -> list[str]:
        """Send held events: in the given order (event ids or types, the rest after them), shuffled, or reversed."""
        held, self._held = self._held, []
        if order is not None:
            ranks = {wanted: rank for rank, wanted in enumerate(order)}
            held.sort(key=lambda event: min(ranks.get(event[name], len(ranks)) for name in ("id", "type")))
        if shuffle is not None:
            random.Random(shuffle).shuffle(held)  # noqa: S311 - a repeatable order, not a secret
        for event in reversed(held) if reverse else held:
            self.send(event)
        return [event["id"] for event in (held[::-1] if reverse else held)]

    def send(self, event: Object, copies: int = 1) -> None:
        """Send the event to every endpoint that listens to it."""
        with self._world.lock:
            endpoints = listening(self._world, event)
            event["pending_webhooks"] = len(endpoints)
            body = json.dumps(event, indent=2).encode()
        for endpoint in endpoints:
            for _ in range(copies):
                self._open += 1
                self._enqueue(_Delivery(event, body, endpoint["id"]))

    def _enqueue(self, delivery: _Delivery) -> None:
        queue = self._queues.get(delivery.endpoint)
        if queue is None:
            queue = self._queues[delivery.endpoint] = asyncio.Queue()
            for _ in range(self._world.settings.webhook_concurrency):
                self._workers.append(asyncio.create_task(self._work(queue)))
        queue.put_nowait(delivery)

    async def _work(self, queue: asyncio.Queue[_Delivery]) -> None:
        while True:
            await self._attempt(await queue.get())

    async def _attempt(self, delivery: _Delivery) -> None:
        endpoint = self._world.objects["webhook_endpoint"].get(delivery.endpoint)
        if endpoint is None or endpoint["status"] != "enabled":
            self._open -= 1
            return
        event = delivery.event
        attempt = Attempt(event["id"], event["type"], endpoint["id"], delivery.number)
        self.attempts.append(attempt)
        attempt.status = await self._post(endpoint["url"], delivery.body)
        if attempt.status is not None and 200 <= attempt.status < 300:
            self._open -= 1
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            return
        self._try_again(delivery)

    async def _post(self, url: str, body: bytes) -> int | None:
        """The answer's status. A redirect counts as a failure, as at Stripe."""
        if self._client is None:
            return None
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(self._world.webhook_secrets, body, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return response.status_code

    def _try_again(self, delivery: _Delivery) -> None:
        delays = self._world.settings.webhook_retry_delays_s
        if delivery.number > len(delays):
            self._open -= 1
            return
        again = _Delivery(delivery.event, delivery.body, delivery.endpoint, delivery.number + 1)
        self._later(delays[delivery.number - 1], lambda: self._enqueue(again))

    def _later(self, seconds: float, then: Any) -> None:
        def run() -> None:
            self._timers.discard(timer)
            then()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)
