"""A key for each person, in DynamoDB. What is sealed with a key is unreadable once the key is deleted.

The keys lie apart from the data that they seal, so a backup of the database or of the archive opens nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from rideflow.kernel.dynamodb import dynamodb
from rideflow.kernel.errors import ConflictError, UnavailableError
from rideflow.kernel.observability import logger

KEY_BYTES = 32
CACHED_FOR_S = 60.0
"""An environment uses a key that was deleted for at most so long."""
_CACHED = 1_000
_IN_ONE_BATCH = 100
_ANSWERS_WITHIN_S = 1
_LEFT_ALONE_FOR_S = 2.0
"""After a failure DynamoDB is not asked again for so long: a page of texts must not wait for each of them."""


class PersonKeysUnavailableError(UnavailableError):
    """The keys by which personal data is sealed cannot be read now."""

    code = "person_keys_unavailable"


class PersonErasedError(ConflictError):
    """A person was erased: nothing can be sealed for them any more."""

    code = "person_erased"

    people: frozenset[UUID] = frozenset()
    """The people who were erased; no app is told."""

    @classmethod
    def of(cls, people: Iterable[UUID]) -> PersonErasedError:
        error = PersonErasedError("A person whom this concerns was erased.")
        error.people = frozenset(people)
        return error


class PersonKeys:
    """Items: `person_id` (partition key), `key` (32 random bytes). An item without `key` is that of an erased person.

    Each method raises `PersonKeysUnavailableError` if DynamoDB does not answer, throttles or refuses: a wrong policy
    must not keep a trip from being cancelled.
    """

    def __init__(self, table: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._monotonic = monotonic
        self._cache: dict[UUID, tuple[float, bytes]] = {}
        self._failed_at: float | None = None

    def find(self, people: Iterable[UUID]) -> dict[UUID, bytes | None]:
        """The keys of these people: None for an erased person, and no member for a person who never had a key."""
        wanted = set(people)
        now = self._monotonic()
        kept = ((each, self._cache[each]) for each in wanted if each in self._cache)
        found: dict[UUID, bytes | None] = {each: key for each, (read_at, key) in kept if now - read_at < CACHED_FOR_S}
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
        keys = {person: key for person, key in found.items() if key is not None}
        if len(keys) < len(wanted):
            raise PersonErasedError.of(wanted - keys.keys())
        return keys

    def _make(self, person_id: UUID) -> None:
        """Store a new key unless there is an item: of two that make one, the first stands."""
        item = {"person_id": {"S": str(person_id)}, "key": {"B": secrets.token_bytes(KEY_BYTES)}}
        self._ask("put_item", TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(person_id)")

    def _read(self, people: list[UUID]) -> dict[UUID, bytes | None]:
        """Read up to 100 keys, with strong consistency: a key may have been made or deleted a moment ago."""
        asked: dict[str, Any] = {
            self._table: {"Keys": [{"person_id": {"S": str(each)}} for each in people], "ConsistentRead": True}
        }
        answer = self._ask("batch_get_item", RequestItems=asked)
        if answer.get("UnprocessedKeys"):
            raise self._failed()
        return {
            UUID(item["person_id"]["S"]): bytes(item["key"]["B"]) if "key" in item else None
            for item in answer["Responses"].get(self._table, ())
        }

    def _keep(self, found: dict[UUID, bytes | None], now: float) -> None:
        if len(self._cache) + len(found) > _CACHED:
            self._cache.clear()
        self._cache |= {each: (now, key) for each, key in found.items() if key is not None}

    def _ask(self, operation: str, **asked: Any) -> dict[str, Any]:
        """DynamoDB's answer; an item that is there already is none, as the condition of `_make` wants it."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._failed_at is not None and self._monotonic() - self._failed_at < _LEFT_ALONE_FOR_S:
            raise self._failed(again=True)
        try:
            answer: dict[str, Any] = getattr(dynamodb(_ANSWERS_WITHIN_S), operation)(**asked)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return {}
            logger.exception("the keys of people are refused", extra={"operation": operation})
            raise self._failed() from error
        except BotoCoreError as error:
            raise self._failed() from error
        self._failed_at = None
        return answer

    def _failed(self, *, again: bool = False) -> PersonKeysUnavailableError:
        if not again:
            self._failed_at = self._monotonic()
        return PersonKeysUnavailableError("This cannot be done at the moment; please try again.")
