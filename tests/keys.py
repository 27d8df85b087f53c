"""Keys of people in memory, for tests without DynamoDB."""

from collections.abc import Iterable
from uuid import UUID

from rideflow.kernel.person_keys import PersonErasedError, PersonKeysUnavailableError
from rideflow.kernel.sealing import Seals


class KeysInMemory:
    """A key ring; `erase` deletes a key for good, and while it is `silent` every call fails."""

    def __init__(self) -> None:
        self.silent = False
        self._keys: dict[UUID, bytes | None] = {}

    def find(self, people: Iterable[UUID]) -> dict[UUID, bytes | None]:
        self._answer()
        return {each: self._keys[each] for each in people if each in self._keys}

    def ensure(self, people: Iterable[UUID]) -> dict[UUID, bytes]:
        self._answer()
        keys = {each: self._keys.setdefault(each, each.bytes * 2) for each in people}
        if erased := [each for each, key in keys.items() if key is None]:
            raise PersonErasedError.of(erased)
        return {each: key for each, key in keys.items() if key is not None}

    def erase(self, person_id: UUID) -> None:
        self._keys[person_id] = None

    def replace(self, person_id: UUID) -> None:
        """Another key in place of the person's, as after a loss of the table."""
        self._keys[person_id] = bytes(32)

    def lose(self, person_id: UUID) -> None:
        del self._keys[person_id]

    def _answer(self) -> None:
        if self.silent:
            raise PersonKeysUnavailableError("no route to DynamoDB")


SEALS = Seals(KeysInMemory())
"""Seals of a ring that every test may use: nobody is erased from it."""


def with_seals() -> Seals:
    return SEALS
