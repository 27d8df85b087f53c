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
from tests.clocks import Watch

TABLE = "person-keys"
PERSON, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def watch() -> Watch[float]:
    return Watch(0.0)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, watch: Watch[float]) -> Iterator[PersonKeys]:
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


class Blind(PersonKeys):
    """A ring whose first look finds nothing: others write between its look and its own write."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.looks = 0

    def _read(self, people: list[UUID]) -> dict[UUID, bytes | None]:
        self.looks += 1
        return {} if self.looks == 1 else super()._read(people)


def test_a_key_that_was_made_in_between_is_kept(keys: PersonKeys) -> None:
    first, late = keys.ensure([PERSON]), Blind()

    assert late.ensure([PERSON]) == first
    assert late.looks == 2
    assert PersonKeys(TABLE).find([PERSON]) == first


def test_a_person_who_was_erased_in_between_gets_no_new_key(keys: PersonKeys) -> None:
    erase(PERSON)
    late = Blind()

    with pytest.raises(PersonErasedError):
        late.ensure([PERSON])
    assert late.looks == 2
    assert PersonKeys(TABLE).find([PERSON]) == {PERSON: None}


def test_nothing_is_sealed_for_a_person_who_was_erased(keys: PersonKeys) -> None:
    erase(PERSON)

    assert keys.find([PERSON]) == {PERSON: None}
    with pytest.raises(PersonErasedError) as erased:
        keys.ensure([OTHER, PERSON])
    assert erased.value.people == {PERSON}
    assert PersonKeys(TABLE).find([PERSON]) == {PERSON: None}


def test_a_key_that_is_deleted_opens_nothing_a_minute_later(keys: PersonKeys, watch: Watch[float]) -> None:
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

    def counted(people: list[UUID]) -> dict[UUID, bytes | None]:
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


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "UnrecognizedClientException"])
def test_a_refusal_of_dynamodb_is_logged_and_keeps_nobody_from_cancelling(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: failing(refusal(400, code)))

    for ask in (PersonKeys(TABLE).find, PersonKeys(TABLE).ensure):
        with pytest.raises(PersonKeysUnavailableError):
            ask([PERSON])
        assert "refused" in caplog.text
        assert code in caplog.text
        caplog.clear()


def test_after_a_failure_dynamodb_is_left_alone_for_two_seconds(
    monkeypatch: pytest.MonkeyPatch, watch: Watch[float]
) -> None:
    """A page of a hundred texts would otherwise wait a hundred times."""
    client = failing(ReadTimeoutError(endpoint_url="dynamodb"))
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: client)
    keys = PersonKeys(TABLE, watch)
    texts = [f"sealed.1.{UUID(int=number)}.AAAA" for number in range(100)]

    Seals(keys).fetch_keys(texts)
    assert [Seals(keys).shown(text, "test") for text in texts] == [None] * 100
    assert client.batch_get_item.call_count == 1

    watch.now += 1.9
    with pytest.raises(PersonKeysUnavailableError):
        keys.find([PERSON])
    assert client.batch_get_item.call_count == 1

    watch.now += 0.2
    client.batch_get_item.side_effect = None
    client.batch_get_item.return_value = {"Responses": {}}
    assert keys.find([PERSON]) == keys.find([OTHER]) == {}


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
