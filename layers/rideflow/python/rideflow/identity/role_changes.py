"""Changes of roles by staff, in a DynamoDB table: the authorizer has no PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rideflow.identity.errors import RoleChangedMeanwhileError, RolesUnavailableError, UnknownPermissionError
from rideflow.identity.model import RoleChange, known_permissions
from rideflow.kernel.dynamodb import dynamodb

_ANSWERS_WITHIN_S = 0.5
"""About one request a second waits for it in each environment of the authorizer."""


def _usual_client() -> Any:
    return dynamodb(_ANSWERS_WITHIN_S)


class RoleChanges:
    """Items: `role` (partition key), `granted` and `denied` (string sets, absent if empty), `version` (number)."""

    def __init__(self, table: str, client: Callable[[], Any] = _usual_client) -> None:
        self._table = table
        self._client = client

    def all(self) -> list[RoleChange]:
        """The latest change of each changed role.

        Read with strong consistency: a permission that was taken away must stop within seconds. The table has an item
        for each changed role, and one page of a scan holds thousands. Raises `RolesUnavailableError` if DynamoDB does
        not answer, botocore's errors if it refuses.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        pages = self._client().get_paginator("scan")
        try:
            found = [
                item for page in pages.paginate(TableName=self._table, ConsistentRead=True) for item in page["Items"]
            ]
        except BotoCoreError as error:
            raise RolesUnavailableError from error
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
                raise RolesUnavailableError from error
            raise
        return [_change(item) for item in found]

    def of(self, role: str) -> RoleChange | None:
        """The role's latest change, if it was changed."""
        answer = self._client().get_item(TableName=self._table, Key={"role": {"S": role}}, ConsistentRead=True)
        return _change(answer["Item"]) if "Item" in answer else None

    def put(self, change: RoleChange) -> None:
        """Replace the role's change by its next version.

        Raises `UnknownPermissionError` for a granted permission that no operation requires, and
        `RoleChangedMeanwhileError` if somebody else wrote this version.
        """
        if unknown := change.granted - known_permissions().keys():
            raise UnknownPermissionError(sorted(unknown))
        sets = {"granted": change.granted, "denied": change.denied}
        client = self._client()
        try:
            client.put_item(
                TableName=self._table,
                Item={
                    "role": {"S": change.role},
                    "version": {"N": str(change.version)},
                    **{name: {"SS": sorted(permissions)} for name, permissions in sets.items() if permissions},
                },
                ConditionExpression="version = :before" if change.version > 1 else "attribute_not_exists(#role)",
                **(
                    {"ExpressionAttributeValues": {":before": {"N": str(change.version - 1)}}}
                    if change.version > 1
                    else {"ExpressionAttributeNames": {"#role": "role"}}
                ),
            )
        except client.exceptions.ConditionalCheckFailedException:
            raise RoleChangedMeanwhileError(change.role) from None


def _change(item: dict[str, Any]) -> RoleChange:
    granted, denied = (frozenset(item.get(name, {}).get("SS", ())) for name in ("granted", "denied"))
    return RoleChange(item["role"]["S"], granted, denied, int(item["version"]["N"]))
