"""Riders' Stripe customers in DynamoDB: the function that calls Stripe is outside the VPC and has no PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb
from rideflow.payments.providers.errors import ProviderUnavailableError


class DynamoCustomers:
    """One item per rider: `rider_id` (partition key), `customer_ref`.

    Raises `ProviderUnavailableError` if DynamoDB does not answer, or refuses: without the item the provider cannot be
    asked for anything of the rider's.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def find(self, rider_id: UUID) -> str | None:
        with _asking():
            answer = dynamodb().get_item(TableName=self._table, Key=_key(rider_id), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else str(item["customer_ref"]["S"])

    def keep(self, rider_id: UUID, customer_ref: str) -> str:
        item = {**_key(rider_id), "customer_ref": {"S": customer_ref}}
        with _asking():
            try:
                dynamodb().put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(rider_id)"
                )
            except dynamodb().exceptions.ConditionalCheckFailedException:
                return self.find(rider_id) or customer_ref
        return customer_ref


@contextmanager
def _asking() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ProviderUnavailableError("The payment provider cannot be asked now; please try again.") from error


def _key(rider_id: UUID) -> dict[str, Any]:
    return {"rider_id": {"S": str(rider_id)}}
