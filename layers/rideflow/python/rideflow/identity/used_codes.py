"""Codes that confirmed an account lately, in DynamoDB: they distinguish a repeated confirmation from a guess.

Cognito forgets a used code. Without this table, either a request whose response was lost could not be repeated, or any
code would be accepted for a confirmed e-mail, which would tell that it has an account.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from rideflow.kernel.clock import Clock
from rideflow.kernel.dynamodb import dynamodb
from rideflow.kernel.observability import logger

REMEMBERED = timedelta(days=1)
"""Cognito's own codes are valid for as long."""


class DynamoUsedCodes:
    """Items of the guards' table: `id` (`code#` and a digest of e-mail and code), `ttl` (epoch seconds)."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def add(self, email: str, code: str) -> None:
        until = self._clock() + REMEMBERED
        item = {"id": {"S": _id(email, code)}, "ttl": {"N": str(int(until.timestamp()))}}
        try:
            dynamodb().put_item(TableName=self._table, Item=item)
        except Exception:
            logger.exception("a used code is not remembered")

    def has(self, email: str, code: str) -> bool:
        try:
            answer = dynamodb().get_item(
                TableName=self._table, Key={"id": {"S": _id(email, code)}}, ConsistentRead=True
            )
        except Exception:
            logger.exception("used codes cannot be read")
            return False
        item = answer.get("Item")
        return item is not None and _is_alive(item, self._clock())


def _is_alive(item: dict[str, Any], now: datetime) -> bool:
    """DynamoDB deletes an expired item within days, not at once."""
    return int(item["ttl"]["N"]) > now.timestamp()


def _id(email: str, code: str) -> str:
    return "code#" + hashlib.sha256(f"{email}\n{code}".encode()).hexdigest()
