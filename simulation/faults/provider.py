"""The Stripe double in this process: the `stripe` library's requests become calls of its application.

The double's own code answers, with its idempotency keys, its declines and its faults; only the sockets are left out,
and its clock is ours. It sends no webhooks: `webhooks` decides when, how often and whether each comes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe
from starlette.applications import Starlette
from starlette.routing import Route

from simulation.faults.clock import VirtualClock
from simulation.faults.scheduler import ActorKilledError, Scheduler
from stripe_double import Settings
from stripe_double.cards import Decline
from stripe_double.faults import Fault, FaultKind
from stripe_double.gateway import Gateway
from stripe_double.server import OPERATIONS
from stripe_double.webhooks import Webhooks as DoublesWebhooks
from stripe_double.world import World

API_KEY, WEBHOOK_SECRET = "sk_test_faults", "whsec_faults"
type Object = dict[str, Any]

DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
_BY_THE_DOUBLE: Mapping[str, Callable[[], Fault]] = {
    "429": lambda: Fault(FaultKind.RATE_LIMIT),
    "500_before": lambda: Fault(FaultKind.ERROR_BEFORE_WORK),
    "500_after": lambda: Fault(FaultKind.ERROR_AFTER_WORK),
    "decline_hold_lost": lambda: Fault(FaultKind.DECLINE, operation="capture", decline=DECLINED),
    "decline_hold_kept": lambda: Fault(
        FaultKind.DECLINE, operation="capture", decline=DECLINED, keep_authorization=True
    ),
}
KEY_FORGOTTEN = "stripe: key older than 24 h"
KEPT_FOR = timedelta(days=1)
"""How long the provider knows an idempotency key (https://docs.stripe.com/api/idempotent_requests)."""
SLOW_S, TIMEOUT_S = 6.0, 7.0
"""How long a slow answer takes, and for how long the product's client waits for one."""


class _DoublesClock:
    """The double's clock, which is ours."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> int:
        return int(self._clock.at.timestamp())

    def advance(self, seconds: int) -> None:
        raise RuntimeError(f"virtual time moves by the scheduler alone, not by {seconds} s")


class Provider:
    """Stripe, in this process. `fails` says what happens to each request that a function sends."""

    def __init__(self, scheduler: Scheduler, draw: Random) -> None:
        self._scheduler = scheduler
        self.world = World(Settings(API_KEY, WEBHOOK_SECRET), "http://stripe")
        self.world.clock = _DoublesClock(scheduler.clock)  # type: ignore[assignment]
        self._gateway = Gateway(self.world, DoublesWebhooks(self.world))
        self._app = Starlette(routes=[self._route(operation) for operation in OPERATIONS])
        self.ids = SimpleNamespace(choice=draw.choice)
        """What the double draws its ids by."""
        self.fails: Callable[[str], str | None] = lambda _name: None
        self.forgot: Callable[[], None] = lambda: None
        """Called for a request whose idempotency key is there, but so old that the provider has forgotten it."""
        self._keys: dict[str, datetime] = {}
        self.sent = 0

    def intents(self) -> list[Object]:
        return list(self.world.objects["payment_intent"].values())

    def events(self) -> list[Object]:
        return list(self.world.objects["event"].values())

    def session(self) -> requests.Session:
        """What the product's HTTP client sends its requests by."""
        return _Session(self)

    def client(self) -> stripe.StripeClient:
        """A client of the people's own: nothing fails for it."""
        own = stripe.RequestsClient(session=_Session(self, is_calm=True))
        return stripe.StripeClient(API_KEY, http_client=own)

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: str, *, is_calm: bool) -> _Answer:
        """Answer a request, or fail as `fails` says. Raises the errors of `requests`."""
        name = f"{method} {_general(urlsplit(url).path)}"
        if is_calm:
            return self._answered(method, url, headers, body)
        self._scheduler.hand_over(f"stripe {name}")
        kind = self.fails(name)
        if kind == "400":
            return _refused()
        self._fails_before(kind)
        self._note_key(headers.get("Idempotency-Key"))
        if kind is not None and kind in _BY_THE_DOUBLE:
            self.world.faults.add(_BY_THE_DOUBLE[kind]())
        answer = self._answered(method, url, headers, body)
        self.world.faults.clear()
        self._fails_after(kind)
        self._scheduler.hand_over(f"stripe {name}: answered")
        return answer

    def _note_key(self, key: str | None) -> None:
        """The provider keeps a key for a day from its first use."""
        if key is None:
            return
        began, now = self._keys.get(key), self._scheduler.clock.at
        is_forgotten = began is not None and now - began >= KEPT_FOR
        if is_forgotten:
            self.forgot()
        if began is None or is_forgotten:
            self._keys[key] = now

    def _fails_before(self, kind: str | None) -> None:
        if kind == "killed_before":
            raise ActorKilledError
        if kind == "timeout_before":
            self._scheduler.pass_time(TIMEOUT_S)
            raise requests.exceptions.ReadTimeout("no answer, and nothing was done")
        if kind == "reset":
            raise requests.exceptions.ConnectionError("the connection was reset")

    def _fails_after(self, kind: str | None) -> None:
        if kind == "killed_after":
            raise ActorKilledError
        if kind == "slow":
            self._scheduler.pass_time(SLOW_S)
        if kind == "timeout_after":
            self._scheduler.pass_time(TIMEOUT_S)
            raise requests.exceptions.ReadTimeout("no answer, although it was done")
        if kind == "closed_after":
            raise requests.exceptions.ConnectionError("the connection was closed before the answer")

    def _answered(self, method: str, url: str, headers: Mapping[str, str], body: str) -> _Answer:
        at = urlsplit(url)
        scope = {
            "type": "http", "method": method, "path": at.path, "raw_path": at.path.encode(), "scheme": "http",
            "query_string": at.query.encode(), "server": ("stripe", 80), "client": ("rideflow", 1), "root_path": "",
            "headers": [(name.lower().encode(), str(value).encode()) for name, value in headers.items()],
            "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body.encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        self.sent += 1
        _finished(self._app(scope, receive, send))
        start, *parts = sent
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        return _Answer(start["status"], b"".join(part.get("body", b"") for part in parts), told)

    def _route(self, operation: Any) -> Route:
        async def serve(request: Any) -> Any:
            return await self._gateway.serve(operation, request)

        return Route(operation.path, serve, methods=[operation.method])


class _Answer:
    """What the `stripe` library reads of an answer."""

    def __init__(self, status_code: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.status_code, self.content, self.headers = status_code, content, headers


class _Session(requests.Session):
    """A session of `requests` whose requests go to the double in this process."""

    def __init__(self, provider: Provider, *, is_calm: bool = False) -> None:
        super().__init__()
        self._provider, self._is_calm = provider, is_calm

    def request(self, method: Any, url: Any, **told: Any) -> Any:  # type: ignore[override]
        body = told.get("data") or ""
        text = body.decode() if isinstance(body, bytes) else str(body)
        return self._provider.asked(
            str(method).upper(), str(url), dict(told.get("headers") or {}), text, is_calm=self._is_calm
        )


def _refused() -> _Answer:
    """A refusal that no repeat changes."""
    problem = {"error": {"type": "invalid_request_error", "message": "Invalid request.", "param": "amount"}}
    return _Answer(400, json.dumps(problem).encode(), {"Request-Id": "req_refused", "Stripe-Should-Retry": "false"})


def _finished(coroutine: Any) -> None:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("the double waits for something")


def _general(path: str) -> str:
    """The path without ids."""
    return "/".join("*" if "_" in part and any(c.isdigit() for c in part) else part for part in path.split("/"))
