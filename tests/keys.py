"""Keys of people in memory, for tests without DynamoDB."""

from collections.abc import Iterable
from uuid import UUID

from rideflow.kernel.person_keys import PersonErasedError, PersonKeysUnavailableError
from rideflow.kernel.sealing import Seals


class KeysInMemory:
    """A key ring; `erase` deletes a key for good, and while it is `silent` every call fails."""

    def __init__(self) -> None:
        self.silent = False
        self._keys: dict[UUID, bytes] = {}
        self._erased: set[UUID] = set()

    def find(self, people: Iterable[UUID]) -> dict[UUID, bytes]:
        self._answer()
        return {each: self._keys[each] for each in people if each in self._keys}

    def ensure(self, people: Iterable[UUID]) -> dict[UUID, bytes]:
        self._answer()
        wanted = set(people)
        if wanted & self._erased:
            raise PersonErasedError
        for each in wanted:
            self._keys.setdefault(each, each.bytes * 2)
        return self.find(wanted)

    def erase(self, person_id: UUID) -> None:
        self._keys.pop(person_id, None)
        self._erased.add(person_id)

    def _answer(self) -> None:
        if self.silent:
            raise PersonKeysUnavailableError("no route to DynamoDB")


SEALS = Seals(KeysInMemory())
"""Seals of a ring that every test may use: nobody is erased from it."""


def with_seals() -> Seals:
    return SEALS
