"""Connections in DynamoDB: one item per open WebSocket, under the person who opened it.

Item: `person_id` (partition key), `connection_id` (sort key), `roles` (a string set), `connected_at` (ISO 8601, UTC),
`session` (the sign-in session of the token, if it named one), and `ttl` (epoch seconds), after which DynamoDB deletes a
connection whose `$disconnect` never came.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb, every_item
from rideflow.realtime.service import OpenConnection

LIFETIME = timedelta(hours=2, minutes=10)
"""API Gateway ends a connection after two hours; the rest is for clocks that differ."""


class DynamoConnections:
    """The connections table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def add(self, person_id: UUID, opened: OpenConnection, roles: Iterable[str]) -> None:
        item: dict[str, Any] = {
            **_key(person_id, opened.id),
            "connected_at": {"S": opened.connected_at.isoformat()},
            "ttl": {"N": str(int((opened.connected_at + LIFETIME).timestamp()))},
        }
        if named := sorted(roles):  # DynamoDB has no empty set
            item["roles"] = {"SS": named}
        if opened.session is not None:
            item["session"] = {"S": opened.session}
        dynamodb().put_item(TableName=self._table, Item=item)

    def remove(self, person_id: UUID, connection_id: str) -> None:
        """Remove the connection; succeeds if there is none."""
        dynamodb().delete_item(TableName=self._table, Key=_key(person_id, connection_id))

    def of(self, person_id: UUID) -> list[OpenConnection]:
        """The person's connections; some may be dead.

        Read with strong consistency: a frame pushed just after `$connect` must find the connection.
        """
        items = every_item(
            dynamodb(),
            TableName=self._table,
            KeyConditionExpression="person_id = :person_id",
            ProjectionExpression="connection_id, connected_at, #session",
            ExpressionAttributeNames={"#session": "session"},  # a reserved word
            ExpressionAttributeValues={":person_id": {"S": str(person_id)}},
            ConsistentRead=True,
        )
        return [_connection(item) for item in items]


def _connection(item: dict[str, Any]) -> OpenConnection:
    session = item.get("session")
    return OpenConnection(
        id=item["connection_id"]["S"],
        connected_at=datetime.fromisoformat(item["connected_at"]["S"]),
        session=None if session is None else session["S"],
    )


def _key(person_id: UUID, connection_id: str) -> dict[str, Any]:
    return {"person_id": {"S": str(person_id)}, "connection_id": {"S": connection_id}}
