"""Payments on a real PostgreSQL, against the Stripe double, with their trips."""

from collections.abc import Iterator

import pytest

from tests.adapters.payments.ride import House
from tests.adapters.payments.stripe_at_hand import StripeAtHand, emptied, running_stripe


@pytest.fixture(scope="session")
def stripe_url() -> Iterator[str]:
    with running_stripe() as url:
        yield url


@pytest.fixture
def stripe_at_hand(stripe_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeAtHand]:
    """An empty Stripe; the library's pauses between retries are shortened."""
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.02)
    with emptied(stripe_url) as at_hand:
        yield at_hand


@pytest.fixture
def house(database_url: str, stripe_at_hand: StripeAtHand) -> Iterator[House]:
    house = House(database_url, stripe_at_hand)
    yield house
    house.close()
