from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import boto3
import pytest

from rideflow.identity import used_codes as module
from rideflow.identity.used_codes import DynamoUsedCodes
from tests.adapters.dynamodb import table
from tests.clocks import Watch

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
EMAIL, CODE = "ada@example.com", "123456"


@pytest.fixture
def clock() -> Watch[datetime]:
    return Watch(NOW)


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch, clock: Watch[datetime]) -> Iterator[DynamoUsedCodes]:
    with table(monkeypatch, "guards", "id"):
        yield DynamoUsedCodes("guards", clock)


def test_a_used_code_is_known_for_its_email_alone(codes: DynamoUsedCodes) -> None:
    codes.add(EMAIL, CODE)

    assert codes.has(EMAIL, CODE)
    assert not codes.has(EMAIL, "654321")
    assert not codes.has("eve@example.com", CODE)


def test_a_used_code_is_forgotten_after_a_day(codes: DynamoUsedCodes, clock: Watch[datetime]) -> None:
    codes.add(EMAIL, CODE)
    clock.now = NOW + timedelta(days=1)

    assert not codes.has(EMAIL, CODE)


def test_neither_email_nor_code_is_stored(codes: DynamoUsedCodes) -> None:
    codes.add(EMAIL, CODE)

    [item] = boto3.client("dynamodb").scan(TableName="guards")["Items"]
    assert EMAIL not in str(item)
    assert item["ttl"] == {"N": str(int(NOW.timestamp()) + 86_400)}


def test_a_table_that_does_not_answer_fails_nobody(codes: DynamoUsedCodes) -> None:
    boto3.client("dynamodb").delete_table(TableName="guards")

    codes.add(EMAIL, CODE)
    assert not codes.has(EMAIL, CODE)


def test_used_codes_are_read_from_no_copy_that_lags(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app repeats within a second; a stale read would answer that its code is wrong."""
    client = Mock(get_item=Mock(return_value={}))
    monkeypatch.setattr(module, "dynamodb", lambda: client)

    assert not DynamoUsedCodes("guards", Watch(NOW)).has(EMAIL, CODE)
    assert client.get_item.call_args.kwargs["ConsistentRead"] is True
