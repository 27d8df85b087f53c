"""Workflows on moto's States Language, with the real handlers, PostgreSQL and the Stripe double."""

from collections.abc import Iterator

import boto3
import pytest

from tests.adapters.payments.stripe_at_hand import SECRET, emptied, running_stripe
from tests.functions.cloud import Cloud, forget_wiring, moto, without_limits
from tests.functions.payments.money import Money


@pytest.fixture(scope="session")
def stripe_url() -> Iterator[str]:
    with running_stripe() as url:
        yield url


@pytest.fixture
def money(database_url: str, redis_url: str, stripe_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """A rider with a card, in a cloud that runs state machines."""
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.02)
    for name, value in {"DEFAULT_REGION": "us-east-1", "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with moto(stepfunctions={"execute_state_machine": True}), emptied(stripe_url) as stripe:
        cloud = Cloud(database_url, redis_url)
        boto3.client("secretsmanager").put_secret_value(
            SecretId=cloud.stripe_secret_arn, SecretString=SECRET.model_dump_json()
        )
        for name, value in {**cloud.environment(), "STRIPE_API_BASE": stripe_url}.items():
            monkeypatch.setenv(name, value)
        without_limits(monkeypatch)  # the long tests request hundreds of rides for one rider
        forget_wiring()
        money = Money(cloud, stripe)
        money.add_card()
        yield money
        forget_wiring()
