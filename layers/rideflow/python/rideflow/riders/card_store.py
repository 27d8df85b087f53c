"""Saved cards in PostgreSQL, and riders' customers in DynamoDB: the function that calls Stripe has no PostgreSQL."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel.postgres import Database, sql
from rideflow.riders.cards import CardView

_PACKAGE = "rideflow.riders"


class PostgresCards:
    """The table `rider_cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owned(self, payment_method_id: str, rider_id: UUID, stripe_customer_id: str) -> None:
        parameters = {
            "payment_method_id": payment_method_id,
            "rider_id": rider_id,
            "stripe_customer_id": stripe_customer_id,
        }
        self._database.execute(sql(_PACKAGE, "card_owned"), parameters)

    def described(self, payment_method_id: str, stripe_customer_id: str, card: dict[str, Any]) -> None:
        face = {name: card[name] for name in ("brand", "last4", "exp_month", "exp_year")}
        parameters = {"payment_method_id": payment_method_id, "stripe_customer_id": stripe_customer_id, **face}
        self._database.execute(sql(_PACKAGE, "card_described"), parameters)

    def detached(self, payment_method_id: str) -> None:
        self._database.execute(sql(_PACKAGE, "card_detached"), {"payment_method_id": payment_method_id})

    def of(self, rider_id: UUID) -> list[CardView]:
        rows = self._database.all(sql(_PACKAGE, "cards_of_rider"), {"rider_id": rider_id})
        return [CardView.model_validate(row) for row in rows]


class DynamoCustomers:
    """One item per rider: `rider_id` (partition key), `stripe_customer_id`."""

    def __init__(self, table: str) -> None:
        self._table = table

    def find(self, rider_id: UUID) -> str | None:
        answer = _client().get_item(TableName=self._table, Key=_key(rider_id), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else str(item["stripe_customer_id"]["S"])

    def keep(self, rider_id: UUID, stripe_customer_id: str) -> str:
        item = {**_key(rider_id), "stripe_customer_id": {"S": stripe_customer_id}}
        try:
            _client().put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(rider_id)")
        except _client().exceptions.ConditionalCheckFailedException:
            return self.find(rider_id) or stripe_customer_id
        return stripe_customer_id


def _key(rider_id: UUID) -> dict[str, Any]:
    return {"rider_id": {"S": str(rider_id)}}


@cache
def _client() -> Any:
    """Made on first use: boto3 and a DynamoDB client cost a cold start 187 ms."""
    import boto3

    return boto3.client("dynamodb")
