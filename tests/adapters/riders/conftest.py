"""Riders' cards on a real PostgreSQL, against the Stripe double."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from rideflow.kernel.postgres import Database
from tests.adapters.payments.stripe_at_hand import StripeAtHand, emptied, running_stripe
from tests.adapters.riders.wallet import Wallet


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
def wallet(database_url: str, stripe_at_hand: StripeAtHand) -> Iterator[Wallet]:
    database = Database(lambda: psycopg.connect(database_url, autocommit=True, row_factory=dict_row))
    yield Wallet(stripe_at_hand, database)
    database.close()
