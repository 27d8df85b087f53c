"""Which sign-in sessions were ended, in DynamoDB: what a token cannot tell of itself.

A session begins with a sign-in and lives on in the tokens that are refreshed from it; Cognito names it in each access
token (`origin_jti`). The authorizer asks here before it lets a token pass, and a WebSocket before it stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb, every_item

TOKEN_LIFETIME = timedelta(hours=1)
"""How long an access token is good; the user pool is told so. What was ended longer ago need not be known."""
_SPARE = timedelta(minutes=10)
"""For clocks that differ."""
_EVERY = "*"
_ANSWERS_WITHIN_S = 0.5
"""Every request waits for it."""


class SessionsUnavailableError(Exception):
    """DynamoDB did not answer."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended: one session, or with `session` None every token of the person issued up to then.

    `at` is in whole seconds since 1970, as tokens count.
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
    | everything       | all tokens up to that second: which came first within a second is not known     |
    """
    return any(issued_at <= each.at if each.session is None else each.session == session for each in ended)


class EndedSessions:
    """Items: `person_id` (partition key), `session` (sort key, `*` for every one), `ended_at` and `ttl` (seconds)."""

    def __init__(self, table: str) -> None:
        self._table = table

    def end(self, person_id: UUID, session: str | None, at: datetime) -> None:
        """Note it; noting it again, or earlier than known, changes nothing. Raises botocore's errors."""
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
        """What was ended of the person lately.

        Read with strong consistency: a token must stop within seconds, and a copy may lag behind for longer. Raises
        `SessionsUnavailableError` if DynamoDB does not answer, botocore's errors if it refuses.
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
