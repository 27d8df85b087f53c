"""Handlers run on real stores, with moto for AWS, and with the environment's variables for both.

The shapes of Lambda events are in `tests.functions.lambda_events`: `rest_event`, `websocket_event`, `sqs_event`,
`event_of`, `signed_in`, `answer`.
"""

from collections.abc import Iterator

import pytest

from tests.functions.cloud import Cloud, forget_wiring, moto
from tests.functions.sleeping import Night

REGION = "us-east-1"


@pytest.fixture
def night(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Night:
    """The database of this stage may pause."""
    return Night(cloud, monkeypatch)


@pytest.fixture
def cloud(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Empty stores and services for handlers; objects wired by former tests are dropped."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    with moto():
        cloud = Cloud(database_url, redis_url)
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        forget_wiring()
        yield cloud
        forget_wiring()
