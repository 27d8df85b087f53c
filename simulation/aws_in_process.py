"""Doubles of AWS clients in this process that keep objects and items, for runs that measure or watch something else."""

from __future__ import annotations

import io
from typing import Any

type Json = dict[str, Any]


class ObjectsAndItems:
    """S3 and DynamoDB, as far as the product uses them; Secrets Manager with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._objects: dict[str, bytes] = {}
        self._items: dict[tuple[str, str], list[Json]] = {}

    def get_secret_value(self, **_: Any) -> Json:
        return {"SecretString": self._secret}

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> Json:  # noqa: N803
        self._objects[Key] = Body
        return {}

    def get_object(self, *, Key: str, **_: Any) -> Json:  # noqa: N803
        from botocore.exceptions import ClientError

        if Key not in self._objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": io.BytesIO(self._objects[Key])}

    def put_item(self, *, TableName: str, Item: Json, **_: Any) -> Json:  # noqa: N803
        self._items.setdefault((TableName, Item["person_id"]["S"]), []).append(Item)
        return {}

    def query(self, *, TableName: str, ExpressionAttributeValues: Json, **_: Any) -> Json:  # noqa: N803
        return {"Items": self._items.get((TableName, ExpressionAttributeValues[":person_id"]["S"]), [])}

    def batch_get_item(self, *, RequestItems: Json) -> Json:  # noqa: N803
        [(table, asked)] = RequestItems.items()
        named = [(table, key["person_id"]["S"]) for key in asked["Keys"]]
        return {"Responses": {table: [self._items[each][0] for each in named if each in self._items]}}
