"""DynamoDB's client."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def dynamodb(answers_within_s: float = 2) -> Any:
    """The client of this execution environment. A call that is not answered in time is repeated once.

    The client is built on first use: boto3 and a DynamoDB client cost a cold start 187 ms.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=answers_within_s, read_timeout=answers_within_s, retries={"total_max_attempts": 2})
    return boto3.client("dynamodb", config=config)
