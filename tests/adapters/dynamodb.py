"""A moto DynamoDB with one table."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from rideflow.kernel.dynamodb import dynamodb


@contextmanager
def table(monkeypatch: pytest.MonkeyPatch, name: str, *keys: str) -> Iterator[None]:
    """The table with this partition key and, if given, this sort key."""
    for variable, value in {
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, value)
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
        dynamodb.cache_clear()
        yield
        dynamodb.cache_clear()
