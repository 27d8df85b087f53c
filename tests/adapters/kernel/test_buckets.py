from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest

from rideflow.kernel.buckets import DynamoBuckets, forget_full, take_of_person
from rideflow.kernel.limits import Limit
from rideflow.kernel.postgres import Database
from tests.adapters.dynamodb import table
from tests.adapters.kernel.conftest import Connect
from tests.clocks import Watch

THREE_AN_HOUR = Limit(3, 3_600)
NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Watch[datetime]:
    return Watch(NOW)


@pytest.fixture
def guards(monkeypatch: pytest.MonkeyPatch, clock: Watch[datetime]) -> Iterator[DynamoBuckets]:
    with table(monkeypatch, "guards", "id"):
        yield DynamoBuckets("guards", clock)


def test_an_address_has_its_burst_and_then_waits(guards: DynamoBuckets, clock: Watch[datetime]) -> None:
    granted = [guards.take("203.0.113.7", "login", THREE_AN_HOUR) for _ in range(3)]
    refused = guards.take("203.0.113.7", "login", THREE_AN_HOUR)

    assert [bucket.remaining for bucket in granted] == [2, 1, 0]
    assert all(bucket.is_granted for bucket in granted)
    assert (refused.is_granted, refused.remaining, refused.wait_s) == (False, 0, 1_200)
    assert guards.take("203.0.113.8", "login", THREE_AN_HOUR).is_granted
    assert guards.take("203.0.113.7", "register", THREE_AN_HOUR).is_granted

    clock.now = NOW + timedelta(seconds=1_200)
    assert guards.take("203.0.113.7", "login", THREE_AN_HOUR).is_granted
    assert not guards.take("203.0.113.7", "login", THREE_AN_HOUR).is_granted


def test_a_bucket_that_is_full_again_is_like_a_new_one(guards: DynamoBuckets, clock: Watch[datetime]) -> None:
    for _ in range(4):
        guards.take("203.0.113.7", "login", THREE_AN_HOUR)

    clock.now = NOW + timedelta(hours=1)

    assert [guards.take("203.0.113.7", "login", THREE_AN_HOUR).is_granted for _ in range(4)] == [
        True,
        True,
        True,
        False,
    ]


def test_a_person_has_their_burst_by_operation(database: Database) -> None:
    person_id = uuid4()

    granted = [take_of_person(database, person_id, "quote", THREE_AN_HOUR) for _ in range(3)]
    refused = take_of_person(database, person_id, "quote", THREE_AN_HOUR)

    assert [(bucket.is_granted, bucket.remaining) for bucket in granted] == [(True, 2), (True, 1), (True, 0)]
    assert (refused.is_granted, refused.remaining) == (False, 0)
    assert 1_190 <= refused.wait_s <= 1_200
    assert take_of_person(database, person_id, "trips", THREE_AN_HOUR).is_granted
    assert take_of_person(database, uuid4(), "quote", THREE_AN_HOUR).is_granted


def test_it_costs_one_statement(database: Database) -> None:
    before = database.statements
    take_of_person(database, uuid4(), "quote", THREE_AN_HOUR)

    assert database.statements == before + 1


def test_requests_at_once_get_no_more_than_the_burst(connect: Connect) -> None:
    person_id, databases = uuid4(), [connect() for _ in range(12)]

    def take(database: Database) -> bool:
        return take_of_person(database, person_id, "quote", THREE_AN_HOUR).is_granted

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(take, databases)) == 3


def test_buckets_that_are_full_are_forgotten(database: Database) -> None:
    person_id = uuid4()
    take_of_person(database, person_id, "quote", THREE_AN_HOUR)

    assert forget_full(database, datetime.now(UTC), 10) == 0
    assert forget_full(database, datetime.now(UTC) + timedelta(hours=2), 10) == 1


def test_a_bucket_is_kept_until_it_is_full_and_not_for_ever(guards: DynamoBuckets) -> None:
    """DynamoDB may delete an item as soon as its time has come; an empty bucket would be full then."""
    for _ in range(3):
        guards.take("203.0.113.7", "login", THREE_AN_HOUR)

    [item] = boto3.client("dynamodb").scan(TableName="guards")["Items"]
    full_at_s, until_s = int(item["full_at"]["N"]) / 1000, int(item["ttl"]["N"])
    assert full_at_s == (NOW + timedelta(hours=1)).timestamp()
    assert full_at_s < until_s <= (NOW + timedelta(days=1)).timestamp()
