"""`AWS::DynamoDB::GlobalTable`, which CDK makes of a `TableV2`: locally, the table of the stack's region."""

from dataclasses import dataclass
from typing import Any

from .resource import Properties, Request, ResourceType


@dataclass(frozen=True)
class GlobalTable:
    """A table with its replica settings folded in. Other regions' replicas are not made."""

    type_name: str = "AWS::DynamoDB::GlobalTable"
    identifier: str = "TableName"
    create_only: tuple[str, ...] = ("TableName", "KeySchema", "LocalSecondaryIndexes")

    def create(self, request: Request) -> Properties:
        """Always billed on demand: the template's capacity does not matter here."""
        client = request.client("dynamodb")
        parameters = {
            **request.properties,
            "TableName": request.name("TableName", limit=255),
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": _indexes(request),
            "SSESpecification": None,
        }
        if stream := request.properties.get("StreamSpecification"):
            parameters["StreamSpecification"] = {"StreamEnabled": True, **stream}
        given = {name: value for name, value in parameters.items() if value}
        table = client.create_table(**given)["TableDescription"]
        self._set_expiry(request, table["TableName"])
        return _attributes(table)

    def update(self, request: Request) -> Properties:
        """Update the properties that need no new table: expiry and protection."""
        name = request.previous["TableName"]
        if request.properties.get("TimeToLiveSpecification") != request.previous.get("TimeToLiveSpecification"):
            self._set_expiry(request, name)
        return _attributes(request.client("dynamodb").describe_table(TableName=name)["Table"])

    def delete(self, request: Request) -> None:
        """With everything in it."""
        request.client("dynamodb").delete_table(TableName=request.previous["TableName"])

    @staticmethod
    def _set_expiry(request: Request, table: str) -> None:
        wanted = request.properties.get("TimeToLiveSpecification")
        before = request.previous.get("TimeToLiveSpecification")
        setting = wanted or (before and {**before, "Enabled": False})
        if setting:
            request.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=setting)


def _indexes(request: Request) -> list[dict[str, Any]]:
    names = ("IndexName", "KeySchema", "Projection")
    return [{name: index[name] for name in names} for index in request.properties.get("GlobalSecondaryIndexes") or []]


def _attributes(table: dict[str, Any]) -> Properties:
    attributes = {"TableName": table["TableName"], "Arn": table["TableArn"], "TableId": table.get("TableId", "")}
    if stream := table.get("LatestStreamArn"):
        attributes["StreamArn"] = stream
    return attributes


TYPES: tuple[ResourceType, ...] = (GlobalTable(),)
