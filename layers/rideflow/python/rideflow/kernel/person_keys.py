"""A key for each person, in DynamoDB. What is sealed with a key is unreadable once the key is deleted (RI4).

The keys lie apart from the data that they seal, so a backup of the database or of the archive opens nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb
from rideflow.kernel.errors import UnavailableError

KEY_BYTES = 32
CACHED_FOR_S = 60.0
"""An environment uses a key that was deleted for at most so long."""
_CACHED = 1_000
_IN_ONE_BATCH = 100
_ANSWERS_WITHIN_S = 1
_THROTTLED = {"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}


class PersonKeysUnavailableError(UnavailableError):
    """The keys by which texts and paths are sealed cannot be read now."""

    code = "person_keys_unavailable"


class PersonErasedError(LookupError):
    """The person was erased: nothing can be sealed for them any more."""


class PersonKeys:
    """Items: `person_id` (partition key), `key` (32 random bytes). An item without `key` is that of an erased person.

    Each method raises `PersonKeysUnavailableError` if DynamoDB does not answer.
    """

    def __init__(self, table: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._monotonic = monotonic
        self._cache: dict[UUID, tuple[float, bytes]] = {}

    def find(self, people: Iterable[UUID]) -> dict[UUID, bytes]:
        """The keys of these people, without people who have none."""
        wanted = set(people)
        now = self._monotonic()
        kept = ((each, self._cache[each]) for each in wanted if each in self._cache)
        found = {each: key for each, (read_at, key) in kept if now - read_at < CACHED_FOR_S}
        missing = sorted(wanted - found.keys())
        for first in range(0, len(missing), _IN_ONE_BATCH):
            read = self._read(missing[first : first + _IN_ONE_BATCH])
            self._keep(read, now)
            found |= read
        return found

    def ensure(self, people: Iterable[UUID]) -> dict[UUID, bytes]:
        """The keys of all these people, made if they have none. Raises `PersonErasedError`."""
        wanted = set(people)
        found = self.find(wanted)
        for person in wanted - found.keys():
            self._make(person)
        found |= self.find(wanted - found.keys())
        if len(found) < len(wanted):
            raise PersonErasedError("A person for whom this is to be sealed was erased.")
        return found

    def _make(self, person_id: UUID) -> None:
        """Store a new key unless there is an item: of two that make one, the first stands."""
        client = dynamodb(_ANSWERS_WITHIN_S)
        item = {"person_id": {"S": str(person_id)}, "key": {"B": secrets.token_bytes(KEY_BYTES)}}
        with suppress(client.exceptions.ConditionalCheckFailedException):
            _answered(
                client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(person_id)",
            )

    def _read(self, people: list[UUID]) -> dict[UUID, bytes]:
        """Read up to 100 keys, with strong consistency: a key may have been made or deleted a moment ago."""
        asked: dict[str, Any] = {
            self._table: {"Keys": [{"person_id": {"S": str(each)}} for each in people], "ConsistentRead": True}
        }
        found: dict[UUID, bytes] = {}
        answer = _answered(dynamodb(_ANSWERS_WITHIN_S).batch_get_item, RequestItems=asked)
        if answer.get("UnprocessedKeys"):
            raise _unavailable()
        for item in answer["Responses"].get(self._table, ()):
            if "key" in item:
                found[UUID(item["person_id"]["S"])] = bytes(item["key"]["B"])
        return found

    def _keep(self, found: dict[UUID, bytes], now: float) -> None:
        if len(self._cache) + len(found) > _CACHED:
            self._cache.clear()
        self._cache |= {each: (now, key) for each, key in found.items()}


def _answered(call: Callable[..., Any], **asked: Any) -> Any:
    """The response. Raises `PersonKeysUnavailableError` if there is none, botocore's errors if DynamoDB refuses."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(**asked)
    except BotoCoreError as error:
        raise _unavailable() from error
    except ClientError as error:
        status, code = error.response["ResponseMetadata"].get("HTTPStatusCode", 0), error.response["Error"]["Code"]
        if status >= 500 or code in _THROTTLED:
            raise _unavailable() from error
        raise


def _unavailable() -> PersonKeysUnavailableError:
    return PersonKeysUnavailableError("This cannot be done at the moment; please try again.")
