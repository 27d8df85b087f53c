"""A Stripe double of this test run, and the product's own client on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import stripe

from rideflow.payments.providers.stripe.client import Secrets, Stripe, StripeSecret
from stripe_double import Settings, StripeDouble

SECRET = StripeSecret(api_key="sk_test_rides", webhook_secret="whsec_rides", publishable_key="pk_test_rides")


class KnownSecrets(Secrets):
    """Secrets without Secrets Manager."""

    def _read(self) -> StripeSecret:
        return SECRET


class StripeAtHand:
    """The double's API as a phone or a tester uses it, and its control API."""

    def __init__(self, url: str, web: httpx.Client) -> None:
        self.url = url
        self._web = web
        self.ours = Stripe(KnownSecrets(""), url)
        self.client = stripe.StripeClient(SECRET.api_key, base_addresses={"api": url})

    def control(self, address: str, **asked: Any) -> dict[str, Any]:
        answer = self._web.post(f"{self.url}/_double{address}", json=asked)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def fault(self, kind: str, **asked: Any) -> None:
        self.control("/faults", kind=kind, **asked)

    def forget_faults(self) -> None:
        assert self._web.delete(f"{self.url}/_double/faults").is_success

    def totals(self) -> dict[str, Any]:
        return dict(self._web.get(f"{self.url}/_double/totals").json())

    def requests(self) -> list[dict[str, Any]]:
        """The log of requests, in the order in which they came."""
        return list(self._web.get(f"{self.url}/_double/requests").json()["requests"])

    def customer_with(self, card: str = "pm_card_visa") -> tuple[str, str]:
        customer = self.client.v1.customers.create({})
        return customer.id, self.client.v1.payment_methods.attach(card, {"customer": customer.id}).id

    def intents(self) -> list[Any]:
        return self.client.v1.payment_intents.list({"limit": 100}).data

    def events(self) -> list[dict[str, Any]]:
        """Every event in its form as a webhook, in the order in which they happened."""
        listed = self.client.v1.events.list({"limit": 100}).data
        return [event.to_dict() for event in reversed(listed)]


@contextmanager
def running_stripe() -> Iterator[str]:
    with StripeDouble(Settings(SECRET.api_key, SECRET.webhook_secret)).in_thread() as url:
        yield url


@contextmanager
def emptied(url: str) -> Iterator[StripeAtHand]:
    with httpx.Client(trust_env=False) as web:
        at_hand = StripeAtHand(url, web)
        at_hand.control("/reset", keep_webhook_endpoints=False)
        yield at_hand
