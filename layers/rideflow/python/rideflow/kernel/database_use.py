"""A table of DynamoDB that counts the sessions of a database that may pause, and tells which sweeps sleep (ADR 143).

The item `sessions` counts the sessions that functions have opened. The item of a sweep says until when it may sleep,
and what the count was before it looked: it sleeps only while the count is the same. No two clocks are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rideflow.kernel.dynamodb import dynamodb

_SESSIONS = "sessions"
_ANSWERS_WITHIN_S = 1


class UseUnknownError(RuntimeError):
    """DynamoDB did not read the table's items now."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """A sweep's permission to sleep until a time, from the look at which the count was `sessions`.

    It ends with a new version of the function as well, whose rules may make the same work due earlier.
    """

    sessions: int
    until: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Use:
    """How many sessions were opened so far, and the sweep's last sleep."""

    sessions: int
    sleep: Sleep | None

    def is_asleep(self, now: datetime, version: str) -> bool:
        sleep = self.sleep
        return sleep is not None and sleep.sessions == self.sessions and sleep.version == version and now < sleep.until


class DatabaseUse:
    """Items: `id` (partition key) and `opened`, the count; a sweep's also have `until` (Unix time, s) and `version`.

    Methods raise botocore's errors, and `read` `UseUnknownError`.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def session_opened(self) -> None:
        """Count a session: called when it is open, and before it is used."""
        dynamodb(_ANSWERS_WITHIN_S).update_item(
            TableName=self._table,
            Key={"id": {"S": _SESSIONS}},
            UpdateExpression="ADD opened :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def read(self, sweep: str) -> Use:
        """Read with strong consistency: a session may have been counted a moment ago."""
        keys = [{"id": {"S": each}} for each in (_SESSIONS, sweep)]
        asked: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        answer = dynamodb(_ANSWERS_WITHIN_S).batch_get_item(RequestItems=asked)
        if answer.get("UnprocessedKeys"):
            raise UseUnknownError(self._table)
        items = {item["id"]["S"]: item for item in answer["Responses"].get(self._table, ())}
        count = items.get(_SESSIONS)
        return Use(0 if count is None else int(count["opened"]["N"]), _sleep(items.get(sweep)))

    def allow_sleep(self, sweep: str, sessions: int, until: datetime, version: str) -> None:
        """Let the sweep sleep until then, as long as no session is counted beyond `sessions`."""
        dynamodb(_ANSWERS_WITHIN_S).put_item(
            TableName=self._table,
            Item={
                "id": {"S": sweep},
                "opened": {"N": str(sessions)},
                "until": {"N": str(int(until.timestamp()))},
                "version": {"S": version},
            },
        )


def _sleep(item: dict[str, Any] | None) -> Sleep | None:
    if item is None:
        return None
    until = datetime.fromtimestamp(int(item["until"]["N"]), UTC)
    return Sleep(int(item["opened"]["N"]), until, item["version"]["S"])
