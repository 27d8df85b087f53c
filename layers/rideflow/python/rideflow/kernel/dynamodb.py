"""DynamoDB's client."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def dynamodb(answers_within_s: float = 2) -> Any:
    """The client of this execution environment. A call that is not answered in time is repeated once.

    The client is built on first use: boto3 and a DynamoDB client cost a cold start 187 ms.
    """
    from rideflow.kernel.aws import client

    return client("dynamodb", connect_s=answers_within_s, read_s=answers_within_s)


def every_item(client: Any, **asked: Any) -> list[dict[str, Any]]:
    """The items on all pages of a query; a page holds a megabyte at most. Raises botocore's errors."""
    answer = client.query(**asked)
    items: list[dict[str, Any]] = answer["Items"]
    while last := answer.get("LastEvaluatedKey"):
        answer = client.query(**asked, ExclusiveStartKey=last)
        items += answer["Items"]
    return items
