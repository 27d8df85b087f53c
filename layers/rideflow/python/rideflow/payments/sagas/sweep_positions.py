"""How far the sweep of holds has read the provider's list, in DynamoDB: its function has no database."""

from __future__ import annotations

from rideflow.kernel.dynamodb import dynamodb
from rideflow.payments.sagas.holds_sweep import Position

_ID = "position#holds"


class DynamoPositions:
    """One item of the guards' table: `id`, `version`, and `position` (JSON).

    It does not expire. If it is lost, the sweep begins again where no older hold can be.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def find(self) -> Position | None:
        """Raises botocore's errors."""
        answer = dynamodb().get_item(TableName=self._table, Key={"id": {"S": _ID}}, ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else Position.model_validate_json(item["position"]["S"])

    def save(self, position: Position) -> bool:
        """Save it after the position of the version before. A repeat of the same position succeeds.

        Raises botocore's errors.
        """
        client, written = dynamodb(), position.model_dump_json()
        item = {"id": {"S": _ID}, "version": {"N": str(position.version)}, "position": {"S": written}}
        try:
            client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(id) OR version = :before OR #position = :written",
                ExpressionAttributeNames={"#position": "position"},
                ExpressionAttributeValues={":before": {"N": str(position.version - 1)}, ":written": {"S": written}},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True
