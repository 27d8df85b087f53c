"""`rideflow destroy` deletes what nobody keeps, after a question; the CDK's own program is a recorder here."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner, Result

from local import cdk, destroying
from local.cli import app
from local.cloud import Cloud
from local.commands import destroy as destroy_command

BUCKET, CONSOLE = "rideflow-dev-paths", "rideflow-dev-console"
ACCOUNT = "123456789012"
"""The account that moto plays."""


class CloudFormation:
    """Knows the data stack and the console's of dev, and no other."""

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's own name
        buckets = {"RideFlow-dev-data": BUCKET, "RideFlow-dev-console": CONSOLE}
        if StackName not in buckets:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "ListStackResources")
        for kind, name in (("AWS::SQS::Queue", "a-queue"), ("AWS::S3::Bucket", buckets[StackName])):
            yield {"StackResourceSummaries": [{"ResourceType": kind, "PhysicalResourceId": name}]}


def deployed(stage: str) -> Cloud:
    return Cloud(stage, lambda service: CloudFormation() if service == "cloudformation" else boto3.client(service))


@pytest.fixture
def destroyed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stages that the CDK was told to destroy."""
    stages: list[str] = []

    def destroy(stage: str) -> int:
        stages.append(stage)
        return 0

    monkeypatch.setattr(cdk, "destroy_aws", destroy)
    return stages


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stage dev with its bucket, in moto."""
    for name, value in {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
                        "AWS_SECRET_ACCESS_KEY": "test"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3")
        for name in (BUCKET, CONSOLE):
            client.create_bucket(Bucket=name)
        client.put_object(Bucket=CONSOLE, Key="index.html", Body=b"<!doctype html>")
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        monkeypatch.setattr(destroy_command, "cloud_of", lambda stage: deployed(stage.value))
        yield client


def destroy(stage: str, typed: str = "", account: str = ACCOUNT) -> Result:
    return CliRunner().invoke(app, ["destroy", "--stage", stage], input=f"{typed}\n{account}\n")


def versions(s3: Any) -> int:
    listed = s3.list_object_versions(Bucket=BUCKET)
    return len(listed.get("Versions", [])) + len(listed.get("DeleteMarkers", []))


def test_every_version_of_every_object_goes_first(s3: Any, destroyed: list[str]) -> None:
    for _ in range(2):
        s3.put_object(Bucket=BUCKET, Key="path", Body=b"driven")
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"driven")
    s3.delete_object(Bucket=BUCKET, Key="other")
    said = destroy("dev", "dev")
    assert said.exit_code == 0, said.output
    assert f"4 versions of objects deleted from {BUCKET}" in said.stdout
    assert (versions(s3), destroyed) == (0, ["dev"])


@pytest.mark.parametrize("typed", ["", "prod", "Dev", "yes"])
def test_nothing_is_deleted_unless_the_stage_s_name_is_typed(s3: Any, destroyed: list[str], typed: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="path", Body=b"driven")
    said = destroy("dev", typed)
    assert said.exit_code == 1
    assert (versions(s3), destroyed) == (1, [])


@pytest.mark.parametrize("account", ["", "123456789013", "dev", "yes"])
def test_nothing_is_deleted_unless_the_account_s_number_is_typed(s3: Any, destroyed: list[str], account: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="path", Body=b"driven")
    said = destroy("dev", "dev", account)
    assert said.exit_code == 1
    assert (versions(s3), destroyed) == (1, [])


def test_where_the_stage_is_deleted_is_said_before_it_is_asked_about(s3: Any, destroyed: list[str]) -> None:
    said = destroy("dev")
    assert (said.exit_code, destroyed) == (1, [])
    assert f"Stage dev in account {ACCOUNT}, us-east-1, is deleted" in said.stdout.replace("\n", " ")


def test_without_credentials_nothing_is_deleted_and_a_sentence_says_so(
    destroyed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused:
        def get_caller_identity(self) -> None:
            raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetCallerIdentity")

    monkeypatch.setattr(destroy_command, "cloud_of", lambda stage: Cloud(stage.value, lambda _service: Refused()))
    said = destroy("dev", "dev")
    assert (said.exit_code, "AWS refused" in said.stderr, destroyed) == (1, True, [])


def test_a_stage_that_keeps_its_data_is_deleted_by_no_command(destroyed: list[str]) -> None:
    said = destroy("prod", "prod")
    assert said.exit_code == 1
    assert "prod keeps its data" in said.stderr
    assert destroyed == []


def test_the_local_stack_is_ended_by_another_command(destroyed: list[str]) -> None:
    said = destroy("local", "local")
    assert (said.exit_code, "rideflow down" in said.stderr, destroyed) == (1, True, [])


def test_an_object_that_came_meanwhile_is_deleted_before_the_second_try(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []

    def refuse_once(_stage: str) -> int:
        left.append(versions(s3))
        s3.put_object(Bucket=BUCKET, Key="late", Body=b"driven")
        return 1 if len(left) == 1 else 0

    monkeypatch.setattr(cdk, "destroy_aws", refuse_once)
    assert destroy("dev", "dev").exit_code == 0
    assert left == [0, 0]


def test_a_stage_that_is_not_deployed_has_no_buckets(s3: Any) -> None:
    assert destroying.buckets(deployed("prod")) == []
    assert destroying.buckets(deployed("dev")) == [BUCKET, CONSOLE]


def test_more_versions_than_s3_deletes_at_once_are_deleted(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroying, "_BATCH", 3)
    for number in range(10):
        s3.put_object(Bucket=BUCKET, Key=f"path-{number}", Body=b"")
    assert destroying.empty(deployed("dev"), BUCKET) == 10
    assert versions(s3) == 0


def test_groups_of_logs_that_services_made_anew_do_not_stand_in_the_way_of_the_next_deploy(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = boto3.client("logs")
    late = ["/aws/rds/cluster/rideflow-dev-database/postgresql", "/aws/vpc/rideflow-dev", "/aws/lambda/rideflow-dev-a"]
    others = [
        "/aws/lambda/rideflow-prod-a",
        "/aws/vpc/rideflow-develop",
        "/aws/lambda/x-rideflow-dev-a",
        "rideflow-dev-a",
    ]

    def write_once_more(_stage: str) -> int:
        for name in (*late, *others):
            logs.create_log_group(logGroupName=name)
        return 0

    monkeypatch.setattr(cdk, "destroy_aws", write_once_more)
    said = destroy("dev", "dev")
    assert said.exit_code == 0, said.output
    assert "meanwhile: 3 groups of logs." in said.stdout
    assert {each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]} == set(others)


def test_no_stage_is_deleted_or_given_to_a_pipeline_by_default(destroyed: list[str]) -> None:
    for arguments in (["destroy"], ["pipeline", "--repository", "owner/rides"]):
        said = CliRunner().invoke(app, arguments)
        assert (said.exit_code, "Missing option" in said.stderr) == (2, True)
    assert destroyed == []
