"""What an AWS account lacks is told before a deploy; the CDK's own program is a recorder here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from local import cdk, paths
from local.account import Account, look_at
from local.cli import app
from local.cloud import Cloud


@dataclass
class Aws:
    """The answers of an account. An answer that is a text is the code of an error."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "get_caller_identity": {"Account": "111122223333"},
            "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
            "get_parameter": {"Parameter": {"Value": "30"}},
            "get_email_identity": {"VerifiedForSendingStatus": True},
            "get_account": {"ProductionAccessEnabled": True},
            "update_termination_protection": {},
            "describe_stacks": "ValidationError",  # there is no console yet
        }
    )
    stacks: dict[str, str] = field(default_factory=dict)
    """Their states by name."""
    region_name: str | None = "us-west-2"
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def client(self, _service: str, **_: Any) -> "Aws":
        return self

    def get_paginator(self, operation: str) -> "Aws":
        assert operation == "list_stacks"
        return self

    def paginate(self, StackStatusFilter: list[str]) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's own name
        for name, state in self.stacks.items():
            yield {"StackSummaries": [{"StackName": name}] if state in StackStatusFilter else []}

    @property
    def cloud(self) -> Cloud:
        return Cloud("dev", self.client)

    @property
    def meta(self) -> SimpleNamespace:
        return SimpleNamespace(region_name=self.region_name)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def answer(**parameters: Any) -> Any:
            self.asked.append((operation, parameters))
            found = self.answers[operation]
            if isinstance(found, str):
                raise ClientError({"Error": {"Code": found, "Message": "no"}}, operation)
            return found

        return answer


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    found = Aws()
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "Session", lambda **_: found)
    return found


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The CDK's commands, without its program, and the release that follows."""
    commands: list[list[str]] = []

    def run(command: list[str]) -> int:
        commands.append(command)
        return 1 if "fails" in command else 0

    monkeypatch.setattr(cdk, "_program", lambda name: [name])
    monkeypatch.setattr(cdk, "_on_this_terminal", run)
    monkeypatch.setattr("local.commands.deploy.refuse_while_one_arrives", lambda _stage: None)
    monkeypatch.setattr(
        "local.commands.deploy.carry_out", lambda stage, _began: commands.append(["release", stage.value])
    )
    monkeypatch.setattr(cdk, "sender", {"dev": "rides@mail.example.com"}.get)
    return commands  # type: ignore[return-value]


def test_an_account_that_has_all_is_told_nothing(aws: Aws) -> None:
    found = look_at(aws.cloud, "rides@mail.example.com")

    assert found == Account("111122223333", "us-west-2", is_bootstrapped=True, findings=())
    assert ("get_email_identity", {"EmailIdentity": "mail.example.com"}) in aws.asked
    assert ("get_parameter", {"Name": "/cdk-bootstrap/hnb659fds/version"}) in aws.asked


@pytest.mark.parametrize(
    ("operation", "answer", "told"),
    [
        ("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}}, "At most 10 functions run at once"),
        ("get_email_identity", {"VerifiedForSendingStatus": False}, "mail.example.com is not verified"),
        ("get_email_identity", "NotFoundException", "mail.example.com is not verified"),
        ("get_account", {"ProductionAccessEnabled": False}, "SES is in its sandbox"),
    ],
)
def test_what_an_account_lacks_is_told(aws: Aws, operation: str, answer: Any, told: str) -> None:
    aws.answers[operation] = answer

    (finding,) = look_at(aws.cloud, "rides@mail.example.com").findings

    assert told in finding


def test_a_stage_without_a_sender_is_told_what_cognito_mails(aws: Aws) -> None:
    (finding,) = look_at(aws.cloud, None).findings

    assert "50 a day" in finding
    assert not [operation for operation, _ in aws.asked if "email" in operation]


def test_an_account_that_was_not_bootstrapped_is_seen(aws: Aws) -> None:
    aws.answers["get_parameter"] = "ParameterNotFound"

    assert not look_at(aws.cloud, None).is_bootstrapped


@pytest.mark.parametrize(
    "operation", ["get_caller_identity", "get_account_settings", "get_parameter", "get_email_identity"]
)
def test_an_account_that_may_not_be_asked_is_no_account_that_lacks_something(aws: Aws, operation: str) -> None:
    aws.answers[operation] = "AccessDenied"

    with pytest.raises(ClientError, match="AccessDenied"):
        look_at(aws.cloud, "rides@mail.example.com")


def test_a_deploy_that_may_not_ask_the_account_says_so(aws: Aws, ran: list[list[str]]) -> None:
    aws.answers["get_account_settings"] = "AccessDenied"

    answer = CliRunner().invoke(app, ["deploy", "--stage", "dev", "--yes"])

    assert (answer.exit_code, ran) == (1, [])
    assert "AWS refused: An error occurred (AccessDenied)" in answer.stderr


def test_a_deploy_without_a_region_says_so_and_asks_nobody(aws: Aws, ran: list[list[str]]) -> None:
    aws.region_name = None

    answer = CliRunner().invoke(app, ["deploy", "--stage", "dev", "--yes"])

    assert answer.exit_code == 1
    assert "AWS_REGION" in answer.stderr
    assert (aws.asked, ran) == ([], [])


@pytest.mark.usefixtures("aws")
def test_a_deploy_tells_where_it_goes_and_asks_first(ran: list[list[str]]) -> None:
    refused = CliRunner().invoke(app, ["deploy", "--stage", "dev"], input="n\n")
    assert refused.exit_code == 1
    assert "Stage dev in account 111122223333, us-west-2" in refused.stdout
    assert ran == []

    agreed = CliRunner().invoke(app, ["deploy", "--stage", "dev"], input="y\n")
    assert agreed.exit_code == 0
    assert ran == [["cdk", "deploy", "--all", "--context", "stage=dev"], ["release", "dev"]]


def test_a_deploy_lets_stacks_of_the_stage_that_never_were_complete_be_deleted(aws: Aws, ran: list[list[str]]) -> None:
    aws.stacks = {
        "RideFlow-prod-network": "CREATE_COMPLETE",
        "RideFlow-prod-data": "ROLLBACK_COMPLETE",
        "RideFlow-prod-kernel": "ROLLBACK_FAILED",
        "RideFlow-prod-api": "UPDATE_ROLLBACK_COMPLETE",
        "RideFlow-dev-data": "ROLLBACK_COMPLETE",
        "Other": "ROLLBACK_COMPLETE",
    }

    answer = CliRunner().invoke(app, ["deploy", "--stage", "prod", "--yes"])

    asked = [parameters for operation, parameters in aws.asked if operation == "update_termination_protection"]
    assert asked == [
        {"StackName": f"RideFlow-prod-{name}", "EnableTerminationProtection": False} for name in ("data", "kernel")
    ]
    for name in ("data", "kernel"):
        assert f"The first creation of RideFlow-prod-{name} failed" in answer.stdout
    assert [command[0] for command in ran] == ["cdk", "release"]


def test_a_deploy_that_may_not_unprotect_a_failed_stack_says_so_and_deploys_nothing(
    aws: Aws, ran: list[list[str]]
) -> None:
    aws.stacks = {"RideFlow-prod-data": "ROLLBACK_COMPLETE"}
    aws.answers["update_termination_protection"] = "AccessDenied"

    answer = CliRunner().invoke(app, ["deploy", "--stage", "prod", "--yes"])

    assert (answer.exit_code, ran) == (1, [])
    assert "AccessDenied" in answer.stderr


def test_nothing_is_unprotected_before_the_question_is_answered(aws: Aws, ran: list[list[str]]) -> None:
    aws.stacks = {"RideFlow-prod-data": "ROLLBACK_COMPLETE"}

    assert CliRunner().invoke(app, ["deploy", "--stage", "prod"], input="n\n").exit_code == 1
    assert "update_termination_protection" not in [operation for operation, _ in aws.asked]
    assert ran == []


@pytest.mark.usefixtures("aws")
def test_a_deploy_that_failed_is_not_released(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdk, "_program", lambda _: ["fails"])

    assert CliRunner().invoke(app, ["deploy", "--stage", "dev", "--yes"]).exit_code == 1
    assert [command[0] for command in ran] == ["fails"]


def test_a_deploy_without_questions_bootstraps_what_is_not(aws: Aws, ran: list[list[str]]) -> None:
    aws.answers["get_parameter"] = "ParameterNotFound"

    answer = CliRunner().invoke(app, ["deploy", "--stage", "dev", "--yes"])

    assert answer.exit_code == 0
    assert ran == [
        ["cdk", "bootstrap", "aws://111122223333/us-west-2"],
        ["cdk", "deploy", "--all", "--context", "stage=dev", "--require-approval", "never"],
        ["release", "dev"],
    ]


def test_the_sender_of_codes_is_cdk_jsons(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cdk.json").write_text('{"context": {"stages": {"prod": {"email_from": "rides@example.com"}}}}')
    monkeypatch.setattr(paths, "ROOT", tmp_path)

    assert (cdk.sender("prod"), cdk.sender("dev")) == ("rides@example.com", None)
