from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rideflow.kernel import person_keys as module
from rideflow.kernel.person_keys import CACHED_FOR_S, PersonErasedError, PersonKeys, PersonKeysUnavailableError
from rideflow.kernel.sealing import Seals
from tests.adapters.dynamodb import table

TABLE = "person-keys"
PERSON, OTHER = UUID(int=1), UUID(int=2)


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> Iterator[PersonKeys]:
    with table(monkeypatch, TABLE, "person_id"):
        yield PersonKeys(TABLE, watch)


def erase(person_id: UUID) -> None:
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"person_id": {"S": str(person_id)}})


def test_a_key_is_made_once_and_read_by_everybody(keys: PersonKeys) -> None:
    assert keys.find([PERSON, OTHER]) == {}

    made = keys.ensure([PERSON, OTHER])

    assert [len(key) for key in made.values()] == [32, 32]
    assert made[PERSON] != made[OTHER]
    assert PersonKeys(TABLE).ensure([OTHER, PERSON]) == made
    assert PersonKeys(TABLE).find([PERSON, uuid4()]) == {PERSON: made[PERSON]}


def test_of_two_that_make_a_key_at_once_the_first_stands(keys: PersonKeys) -> None:
    rings = [PersonKeys(TABLE) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda ring: ring.ensure([PERSON]), rings))

    assert all(each == made[0] for each in made)


def test_a_key_that_was_made_in_between_is_kept(keys: PersonKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    late = PersonKeys(TABLE)
    first = keys.ensure([PERSON])
    answers = iter([dict[UUID, bytes]()])
    read = late._read
    monkeypatch.setattr(late, "_read", lambda people: next(answers, None) or read(people))

    assert late.ensure([PERSON]) == first


def test_nothing_is_sealed_for_a_person_who_was_erased(keys: PersonKeys) -> None:
    erase(PERSON)

    assert keys.find([PERSON]) == {}
    with pytest.raises(PersonErasedError):
        keys.ensure([OTHER, PERSON])
    assert PersonKeys(TABLE).find([PERSON]) == {}


def test_a_key_that_is_deleted_opens_nothing_a_minute_later(keys: PersonKeys, watch: Watch) -> None:
    sealed = Seals(keys).seal_text("late", [PERSON], "test")

    erase(PERSON)
    watch.now += CACHED_FOR_S - 1
    assert Seals(keys).open_text(sealed, "test") == "late"
    watch.now += 1
    assert Seals(keys).open_text(sealed, "test") is None
    assert CACHED_FOR_S <= 60


def test_keys_are_read_by_the_hundred_and_kept(keys: PersonKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [UUID(int=number) for number in range(1, 231)]
    made = keys.ensure(people)
    batches: list[int] = []
    fresh = PersonKeys(TABLE)
    read = fresh._read

    def counted(people: list[UUID]) -> dict[UUID, bytes]:
        batches.append(len(people))
        return read(people)

    monkeypatch.setattr(fresh, "_read", counted)

    assert fresh.find(people) == fresh.find(people) == made
    assert batches == [100, 100, 30]


def test_the_keys_of_many_people_are_not_kept_without_end(keys: PersonKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHED", 3)
    for number in range(1, 9):
        keys.ensure([UUID(int=number)])

    assert len(keys._cache) <= 3


def failing(error: Exception) -> Mock:
    return Mock(batch_get_item=Mock(side_effect=error), put_item=Mock(side_effect=error))


def refusal(status: int, code: str = "Odd") -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "BatchGetItem")


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="dynamodb"), refusal(500), refusal(503), refusal(400, "ThrottlingException")],
)
def test_keys_that_cannot_be_read_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: failing(error))

    with pytest.raises(PersonKeysUnavailableError):
        PersonKeys(TABLE).find([PERSON])


def test_a_refusal_of_dynamodb_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: failing(refusal(400)))

    with pytest.raises(ClientError):
        PersonKeys(TABLE).find([PERSON])


def test_keys_that_dynamodb_left_out_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"Responses": {TABLE: []}, "UnprocessedKeys": {TABLE: {"Keys": [{}]}}}
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: Mock(batch_get_item=Mock(return_value=answer)))

    with pytest.raises(PersonKeysUnavailableError):
        PersonKeys(TABLE).ensure([PERSON])


def test_keys_are_read_consistently(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Mock(batch_get_item=Mock(return_value={"Responses": {}}))
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: client)

    assert PersonKeys(TABLE).find([PERSON]) == {}
    assert client.batch_get_item.call_args.kwargs["RequestItems"][TABLE]["ConsistentRead"] is True
