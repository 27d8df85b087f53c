"""Ended sign-in sessions in DynamoDB: an access token does not tell whether its session has ended.

A session begins with a sign-in and lasts as long as its tokens are refreshed; Cognito names it in each access token
(`origin_jti`). The authorizer checks here before it accepts a token, and `$connect` before a WebSocket stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb, every_item

TOKEN_LIFETIME = timedelta(hours=1)
"""The lifetime of an access token; the user pool is configured by it. Older ends of sessions need not be kept."""
_SPARE = timedelta(minutes=10)
"""A margin for clocks that differ."""
_EVERY = "*"
_ANSWERS_WITHIN_S = 0.5
"""A short timeout: every request waits for this read."""


class SessionsUnavailableError(Exception):
    """DynamoDB did not answer."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a session; with `session` None, of every token that was issued to the person up to then.

    `at` is in whole seconds since 1970, as in tokens.
    """

    session: str | None
    at: int


class EndedSessionLookup(Protocol):
    """Reads the ended sessions of a person. `EndedSessions` is the one in use."""

    def of(self, person_id: UUID) -> list[Ended]:
        """Raises `SessionsUnavailableError`."""
        ...


def has_ended(ended: list[Ended], session: str | None, issued_at: int) -> bool:
    """Whether a token of this session, issued at this second, is void.

    | ended            | void are                                                                        |
    |------------------|---------------------------------------------------------------------------------|
    | one session      | its tokens, whenever they are issued; a new sign-in is another session          |
    | everything       | all tokens up to that second: the order within a second is not known            |
    """
    return any(issued_at <= each.at if each.session is None else each.session == session for each in ended)


class EndedSessions:
    """Items: `person_id` (partition key), `session` (sort key, `*` for every one), `ended_at` and `ttl` (seconds)."""

    def __init__(self, table: str) -> None:
        self._table = table

    def end(self, person_id: UUID, session: str | None, at: datetime) -> None:
        """Record the end. A repeat, or an earlier time than the stored one, has no effect. Raises botocore's errors."""
        client = dynamodb(_ANSWERS_WITHIN_S)
        item = {
            "person_id": {"S": str(person_id)},
            "session": {"S": session or _EVERY},
            "ended_at": {"N": str(int(at.timestamp()))},
            "ttl": {"N": str(int((at + TOKEN_LIFETIME + _SPARE).timestamp()))},
        }
        try:
            client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(ended_at) OR ended_at < :at",
                ExpressionAttributeValues={":at": item["ended_at"]},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return

    def of(self, person_id: UUID) -> list[Ended]:
        """The person's sessions that ended lately.

        They are read with strong consistency: a token must be refused within seconds, and a replica may lag for longer.
        Raises `SessionsUnavailableError` if DynamoDB does not answer, botocore's errors if it refuses.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            items = every_item(
                dynamodb(_ANSWERS_WITHIN_S),
                TableName=self._table,
                KeyConditionExpression="person_id = :person_id",
                ExpressionAttributeValues={":person_id": {"S": str(person_id)}},
                ConsistentRead=True,
            )
        except BotoCoreError as error:
            raise SessionsUnavailableError from error
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
                raise SessionsUnavailableError from error
            raise
        return [_ended(item) for item in items]


def _ended(item: dict[str, Any]) -> Ended:
    session = item["session"]["S"]
    return Ended(None if session == _EVERY else session, int(item["ended_at"]["N"]))
