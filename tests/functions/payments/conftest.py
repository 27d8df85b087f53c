from collections.abc import Iterator

import boto3
import pytest

from tests.adapters.payments.stripe_at_hand import SECRET, StripeAtHand, emptied, running_stripe
from tests.functions.cloud import Cloud
from tests.functions.payments.money import Money


@pytest.fixture(scope="session")
def stripe_url() -> Iterator[str]:
    with running_stripe() as url:
        yield url


@pytest.fixture
def stripe_at_hand(cloud: Cloud, stripe_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeAtHand]:
    """The Stripe double that the handlers are configured with."""
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.02)
    monkeypatch.setenv("STRIPE_API_BASE", stripe_url)
    boto3.client("secretsmanager").put_secret_value(
        SecretId=cloud.stripe_secret_arn, SecretString=SECRET.model_dump_json()
    )
    with emptied(stripe_url) as at_hand:
        yield at_hand


@pytest.fixture
def money(cloud: Cloud, stripe_at_hand: StripeAtHand) -> Money:
    return Money(cloud, stripe_at_hand)
