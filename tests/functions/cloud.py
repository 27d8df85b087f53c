"""The cloud around one handler under test: the fixture `cloud` of this folder gives one to a test."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import psycopg
import pytest
from moto import mock_aws
from psycopg.rows import dict_row

from local.redis import FUNCTIONS as REDIS_FUNCTIONS
from rideflow.kernel import limiting, postgres, redis
from rideflow.kernel.limits import Limit
from tests.databases import FUNCTIONS
from tests.fetching import rows_of


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@contextmanager
def moto(**services: Any) -> Iterator[None]:
    """AWS as moto simulates it, with these settings of services.

    boto3's session is kept for the next test, which would otherwise read the services' models anew. Only these tests
    use it, since it contains moto's keys.
    """
    config: Any = {**services, "core": {"reset_boto3_session": False}}
    with (
        mock_aws(config=config),
        patch.object(boto3, "DEFAULT_SESSION", _session()),
    ):
        yield


@cache
def client(service: str) -> Any:
    """A cached boto3 client: making one costs more than a test's calls, and moto answers cached ones too."""
    return _session().client(service)


class Cloud:
    """AWS as moto simulates it, beside the test's own PostgreSQL and Redis."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self.published_queue = self._create_bus()
        self._create_table("connections", "person_id", "connection_id")
        self._create_table("payment-customers", "rider_id")
        self._create_table("guards", "id")
        self._create_table("ended-sessions", "person_id", "session")
        self._create_table("role-changes", "role")
        self._create_table("person-keys", "person_id")
        self._create_table("database-use", "id")
        client("s3").create_bucket(Bucket="paths")
        self.stripe_secret_arn = client("secretsmanager").create_secret(
            Name="stripe", SecretString=json.dumps({"api_key": "sk_test_1", "webhook_secret": "whsec_1"})
        )["ARN"]

    def environment(self) -> dict[str, str]:
        """The variables of every settings class."""
        database, redis_at = urlsplit(self.database_url), urlsplit(self.redis_url)
        return {
            "DATABASE_HOST": str(database.hostname),
            "DATABASE_PORT": str(database.port),
            "DATABASE_NAME": database.path.strip("/"),
            "DATABASE_USER": FUNCTIONS,
            "DATABASE_AUTH": "trust",
            "DATABASE_USE_TABLE": "",
            "MIGRATOR_HOST": str(database.hostname),
            "MIGRATOR_PORT": str(database.port),
            "MIGRATOR_NAME": database.path.strip("/"),
            "MIGRATOR_USER": str(database.username),
            "MIGRATOR_AUTH": "trust",
            "MIGRATOR_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:database",
            "REDIS_HOST": str(redis_at.hostname),
            "REDIS_PORT": str(redis_at.port),
            "REDIS_NAME": "local",
            "REDIS_USER": REDIS_FUNCTIONS,
            "REDIS_AUTH": "trust",
            "EVENT_BUS_NAME": "rideflow",
            "REALTIME_CONNECTIONS_TABLE": "connections",
            "REALTIME_ENDPOINT": "https://realtime.test/local",
            "POSTS_ENDPOINT": "https://realtime.test/local",
            "IDENTITY_USER_POOL_ID": "us-east-1_pool",
            "IDENTITY_CLIENT_ID": "client",
            "IDENTITY_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
            "IDENTITY_JWKS_URL": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool/.well-known/jwks.json",
            "GUARDS_TABLE": "guards",
            "GUARDS_ADDRESS_FACTOR": "1",
            "SESSIONS_TABLE": "ended-sessions",
            "ROLES_TABLE": "role-changes",
            "PERSON_KEYS_TABLE": "person-keys",
            "STRIPE_SECRET_ARN": self.stripe_secret_arn,
            "STRIPE_API_BASE": "http://127.0.0.1:9",
            "PAYMENT_CUSTOMERS_TABLE": "payment-customers",
            "DISPATCH_TICK_QUEUE_URL": self._create_queue("dispatch-tick"),
            "DISPATCH_OFFER_EXPIRY_QUEUE_URL": self._create_queue("dispatch-offer-expiry"),
            "SUPPLY_MAX_SPEED_MPS": "60",
            "LOCATIONS_PATHS_BUCKET": "paths",
            "RELEASE_NAME": "r-tested",
            "MATCH_SAGA_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:match_trip",
            "MATCH_SAGA_PATIENCE_S": "300",
            "SETTLE_SAGA_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:settle_trip",
            "HEARTBEAT_QUEUE_URL": self._create_queue("heartbeat"),
            "CHANNEL_QUEUE_URL": self._create_queue("operations-frames"),
        }

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of a statement, on the test's own connection to PostgreSQL."""
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return rows_of(cursor)

    def published(self) -> list[dict[str, Any]]:
        """The events that reached the bus since the last call: `source`, `detail-type`, `detail`."""
        return self.messages(self.published_queue)

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Receives and deletes every message of a queue; returns the parsed bodies."""
        sqs, taken = client("sqs"), []
        while found := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                taken.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def _create_bus(self) -> str:
        events, queue_url = client("events"), self._create_queue("published")
        events.create_event_bus(Name="rideflow")
        events.put_rule(Name="all", EventBusName="rideflow", EventPattern=json.dumps({"account": ["123456789012"]}))
        arn = client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        # Only the members that tests read: moto compiles a JSONPath for each member of each event.
        paths = {"source": "$.source", "kind": "$.detail-type", "detail": "$.detail"}
        target = {
            "Id": "published",
            "Arn": arn["Attributes"]["QueueArn"],
            "InputTransformer": {
                "InputPathsMap": paths,
                "InputTemplate": '{"source": "<source>", "detail-type": "<kind>", "detail": <detail>}',
            },
        }
        events.put_targets(Rule="all", EventBusName="rideflow", Targets=[target])
        return queue_url

    def _create_queue(self, name: str) -> str:
        url: str = client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url

    def _create_table(self, name: str, *keys: str) -> None:
        client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )


def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch all limits off."""
    monkeypatch.setattr(limiting, "limit_of_person", lambda _: Limit(1_000_000, 1))
    monkeypatch.setattr(limiting, "PER_ADDRESS", {})


def forget_wiring() -> None:
    """A new execution environment: every `functools.cache` of the product is emptied, its connections are closed.

    Wiring needs no register for this: cached functions are found at module level. AWS clients stay, since they hold no
    state of a test.
    """
    if postgres.database.cache_info().currsize:
        postgres.database().close()
    if redis.redis_cluster.cache_info().currsize:
        redis.redis_cluster().close()
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] in {"rideflow", "functions"}]:
        for name, value in list(vars(module).items()):
            clear = getattr(value, "cache_clear", None)
            if clear and not name.endswith("_client"):
                clear()
