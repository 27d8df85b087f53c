"""`rideflow roles`: lists and changes the permissions of each role on the running stack."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from local import emulators
from local.cli import app
from local.commands import output, roles
from rideflow.identity.model import RoleChange, shipped_roles
from rideflow.identity.role_changes import RoleChanges
from tests.adapters.dynamodb import table


@dataclass
class FakeRecord:
    """The part of the stack's record that the command reads."""

    endpoint_url: str = "http://127.0.0.1:1"

    def output(self, name: str) -> str | None:
        return {"RoleChangesTable": "role-changes"}.get(name)


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoleChanges]:
    """The stack's table, in moto's DynamoDB."""

    def client(service: str, endpoint_url: str) -> Any:
        assert endpoint_url == FakeRecord().endpoint_url
        return boto3.client(service)

    with table(monkeypatch, "role-changes", "role"):
        monkeypatch.setattr(roles, "running_stack", FakeRecord)
        monkeypatch.setattr(emulators, "local_client", client)
        monkeypatch.setattr(output.console, "width", 400)
        yield RoleChanges("role-changes")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["roles", *arguments])


def test_without_a_command_every_role_is_listed_with_its_permissions(changes: RoleChanges) -> None:
    lines = call().stdout.splitlines()

    assert [line.split()[0] for line in lines[1:]] == list(shipped_roles().by_name)
    assert "trip:create" in lines[1]


def test_a_grant_a_denial_and_leaving_it_to_the_release(changes: RoleChanges) -> None:
    assert "+zone:read" in call("grant", "rider", "zone:read").stdout
    assert changes.of("rider") == RoleChange("rider", granted=frozenset({"zone:read"}), version=1)

    assert "-trip:create" in call("deny", "rider", "trip:create").stdout
    assert changes.of("rider") == RoleChange("rider", frozenset({"zone:read"}), frozenset({"trip:create"}), version=2)

    shown = call("reset", "rider", "trip:create").stdout
    assert "-trip:create" not in shown
    assert changes.of("rider") == RoleChange("rider", granted=frozenset({"zone:read"}), version=3)


def test_a_denial_takes_a_grant_back(changes: RoleChanges) -> None:
    call("grant", "rider", "zone:read")
    call("deny", "rider", "zone:read")

    assert changes.of("rider") == RoleChange("rider", denied=frozenset({"zone:read"}), version=2)


@pytest.mark.parametrize("command", ["grant", "deny", "reset"])
def test_a_permission_that_is_none_is_refused_with_those_there_are(changes: RoleChanges, command: str) -> None:
    refused = call(command, "rider", "trip:fly")

    assert refused.exit_code == 1
    assert "trip:fly is no permission" in refused.stderr
    assert "trip:create" in refused.stderr
    assert changes.all() == []
