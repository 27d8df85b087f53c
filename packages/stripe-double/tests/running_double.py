"""One Stripe double per test run, over real HTTP; every test starts with an empty one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import stripe

from stripe_double import Settings, StripeDouble

API_KEY = "sk_test_double"
WEBHOOK_SECRET = "whsec_double"
DEADLINE_S = 10.0


@dataclass
class Double:
    """A running double: the real library's client on it, and its control API."""

    url: str
    client: stripe.StripeClient
    web: httpx.Client

    def with_client(
        self, *, key: str = API_KEY, retries: int = 0, timeout_s: float = DEADLINE_S
    ) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout_s),
        )

    def control(self, path: str, /, **asked: Any) -> dict[str, Any]:
        answer = self.web.post(f"{self.url}/_double{path}", json=asked)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def shown(self, path: str) -> dict[str, Any]:
        return dict(self.web.get(f"{self.url}/_double{path}").json())

    def fault(self, kind: str, **asked: Any) -> dict[str, Any]:
        return self.control("/faults", kind=kind, **asked)

    def event_types(self) -> list[str]:
        """Types of the events, in the order in which they happened."""
        return [str(event.type) for event in self.client.v1.events.list({"limit": 100}).data][::-1]

    def cardholder(self, card: str = "pm_card_visa") -> tuple[str, str]:
        """A customer and an attached card."""
        customer = self.client.v1.customers.create({"email": "cardholder@example.com"})
        method = self.client.v1.payment_methods.attach(card, {"customer": customer.id})
        return customer.id, method.id

    def hold(self, amount: int = 2000, card: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
        """A hold on a card, as a server places it without the customer (off session)."""
        customer, method = self.cardholder(card)
        asked: dict[str, Any] = {"amount": amount, "currency": "usd", "customer": customer, "payment_method": method}
        asked |= {"capture_method": "manual", "confirm": True, "off_session": True}
        return self.client.v1.payment_intents.create({**asked, **more})  # type: ignore[typeddict-item]


@pytest.fixture(scope="session")
def double_url() -> Iterator[str]:
    settings = Settings(API_KEY, WEBHOOK_SECRET, webhook_retry_delays_s=(0.02, 0.04), webhook_timeout_s=2)
    with StripeDouble(settings).in_thread() as url:
        yield url


@pytest.fixture
def double(double_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.02)
    with httpx.Client(trust_env=False) as web:
        double = Double(double_url, None, web)  # type: ignore[arg-type]
        double.client = double.with_client()
        double.control("/reset", keep_webhook_endpoints=False)
        yield double


@dataclass
class Receiver:
    """A webhook endpoint: the received events, and the statuses that it answers (the last one repeats)."""

    url: str
    statuses: list[int] = field(default_factory=lambda: [200])
    arrived: list[tuple[bytes, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, body: bytes, signature: str) -> int:
        with self.changed:
            self.arrived.append((body, signature))
            self.changed.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def wait(self, expected: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(expected, DEADLINE_S), f"only these arrived: {self.types()}"

    def types(self) -> list[str]:
        return [str(event.type) for event in self.events()]

    def events(self) -> list[stripe.Event]:
        """The received events, each with its signature verified."""
        verified = stripe.Webhook.construct_event
        return [verified(body, signature, WEBHOOK_SECRET) for body, signature in self.arrived]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A webhook endpoint on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(taking.take(body, self.headers["Stripe-Signature"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_ignored: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        taking = Receiver(f"http://127.0.0.1:{server.server_port}/webhook")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield taking
        finally:
            server.shutdown()
            thread.join(DEADLINE_S)


@pytest.fixture
def receiver(double: Double) -> Iterator[Receiver]:
    with receiving() as taking:
        double.client.v1.webhook_endpoints.create({"url": taking.url, "enabled_events": ["*"]})
        yield taking


@pytest.fixture
def connected(double: Double) -> Iterator[Receiver]:
    """A webhook endpoint for events of connected accounts, beside one for those of the platform (`receiver`)."""
    with receiving() as taking:
        asked: Any = {"url": taking.url, "enabled_events": ["*"], "connect": True}
        double.client.v1.webhook_endpoints.create(asked)
        yield taking
