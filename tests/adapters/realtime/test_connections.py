from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import Mock
from uuid import UUID, uuid4

import boto3
import pytest

from rideflow.realtime import connections as module
from rideflow.realtime.connections import DynamoConnections
from rideflow.realtime.service import OpenConnection
from tests.adapters.dynamodb import table

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
TABLE = "connections"
PERSON = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoConnections]:
    with table(monkeypatch, TABLE, "person_id", "connection_id"):
        yield DynamoConnections(TABLE)


def test_a_connection_that_was_added_is_found_by_its_person(connections: DynamoConnections) -> None:
    phone, tablet = OpenConnection("phone", NOW, "session-1"), OpenConnection("tablet", NOW)
    connections.add(PERSON, phone, ["rider"])
    connections.add(PERSON, tablet, [])
    connections.add(uuid4(), OpenConnection("somebody-elses", NOW), ["driver"])

    assert connections.of(PERSON) == [phone, tablet]


def test_a_removed_connection_is_not_found_and_removing_again_succeeds(connections: DynamoConnections) -> None:
    connections.add(PERSON, OpenConnection("phone", NOW), ["rider"])

    connections.remove(PERSON, "phone")
    connections.remove(PERSON, "phone")

    assert connections.of(PERSON) == []


def test_the_item_outlives_the_longest_connection_and_then_expires(connections: DynamoConnections) -> None:
    connections.add(PERSON, OpenConnection("phone", NOW, "session-1"), ["rider", "driver"])

    [item] = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]

    assert item == {
        "person_id": {"S": str(PERSON)},
        "connection_id": {"S": "phone"},
        "roles": {"SS": ["driver", "rider"]},
        "connected_at": {"S": "2026-10-01T18:00:00+00:00"},
        "session": {"S": "session-1"},
        "ttl": {"N": str(int(NOW.timestamp()) + 7_800)},
    }


def test_connections_beyond_an_answer_s_megabyte_are_found_too(connections: DynamoConnections) -> None:
    """Else the end of a session would leave them open."""
    opened = [OpenConnection(f"app-{number}", NOW) for number in range(4)]
    for each in opened:
        connections.add(PERSON, each, ["x" * 350_000])

    assert connections.of(PERSON) == opened


def test_connections_are_read_from_no_copy_that_lags(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends just after `$connect` must find the connection that it opened."""
    client = Mock(query=Mock(return_value={"Items": []}))
    monkeypatch.setattr(module, "dynamodb", lambda: client)

    assert DynamoConnections(TABLE).of(PERSON) == []
    assert client.query.call_args.kwargs["ConsistentRead"] is True
