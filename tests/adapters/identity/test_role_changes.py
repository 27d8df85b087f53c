"""The table of changes that staff made to roles."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from rideflow.identity.errors import RoleChangedMeanwhileError, RolesUnavailableError, UnknownPermissionError
from rideflow.identity.model import RoleChange
from rideflow.identity.role_changes import RoleChanges
from tests.adapters.dynamodb import table

GRANTED = RoleChange("operator", granted=frozenset({"trip:rate", "trip:read"}))


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoleChanges]:
    with table(monkeypatch, "role-changes", "role"):
        yield RoleChanges("role-changes")


def test_a_stored_change_is_read_at_once(changes: RoleChanges) -> None:
    denied = RoleChange("rider", denied=frozenset({"location:nearby"}))
    changes.put(GRANTED)
    changes.put(denied)

    assert sorted(changes.all(), key=lambda change: change.role) == [GRANTED, denied]
    assert changes.of("operator") == GRANTED
    assert changes.of("driver") is None


def test_a_change_replaces_the_one_before_it(changes: RoleChanges) -> None:
    changes.put(GRANTED)
    changes.put(RoleChange("operator", denied=frozenset({"zone:write"}), version=2))

    assert changes.all() == [RoleChange("operator", denied=frozenset({"zone:write"}), version=2)]


def test_the_second_of_two_simultaneous_changes_of_a_role_is_refused(changes: RoleChanges) -> None:
    changes.put(GRANTED)
    with pytest.raises(RoleChangedMeanwhileError):
        changes.put(RoleChange("operator"))
    changes.put(RoleChange("operator", version=2))
    with pytest.raises(RoleChangedMeanwhileError):
        changes.put(RoleChange("operator", denied=frozenset({"zone:read"}), version=2))

    assert changes.all() == [RoleChange("operator", version=2)]


def test_a_permission_that_no_operation_asks_for_is_not_granted(changes: RoleChanges) -> None:
    with pytest.raises(UnknownPermissionError, match="trip:fly"):
        changes.put(RoleChange("operator", granted=frozenset({"trip:fly", "trip:read"})))

    assert changes.all() == []


def test_all_pages_are_read(changes: RoleChanges) -> None:
    """DynamoDB ends a page at 1 MiB."""
    client = boto3.client("dynamodb")
    for number in range(4):
        filler = {"SS": [f"{number}-{each}-{'x' * 100}" for each in range(3000)]}
        client.put_item(
            TableName="role-changes",
            Item={"role": {"S": f"role-{number}"}, "granted": filler, "version": {"N": "1"}},
        )

    assert {change.role for change in changes.all()} == {f"role-{number}" for number in range(4)}


class Refusing:
    """A DynamoDB that fails each scan in one way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_paginator(self, _operation: str) -> "Refusing":
        return self

    def paginate(self, **_arguments: object) -> list[object]:
        raise self._error


def answered_with(status: int) -> ClientError:
    return ClientError({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Scan")


@pytest.mark.parametrize("error", [ConnectTimeoutError(endpoint_url="x"), answered_with(500), answered_with(503)])
def test_no_answer_is_told_from_a_refusal(error: Exception) -> None:
    with pytest.raises(RolesUnavailableError):
        RoleChanges("role-changes", lambda: Refusing(error)).all()


def test_a_refusal_is_an_error() -> None:
    """A wrong setting must not look like an outage: staff would lose their roles without a visible reason."""
    with pytest.raises(ClientError):
        RoleChanges("role-changes", lambda: Refusing(answered_with(400))).all()
