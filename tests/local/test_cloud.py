"""The cloud of a stage: outputs and resources of its stacks, and patience with AWS."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud, CloudError, aws_cloud


class CloudFormation:
    """Knows the data stack of dev. `refusal` is the code by which it answers for others."""

    def __init__(self, refusal: str = "ValidationError") -> None:
        self._refusal = refusal

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        self._find(StackName)
        return {"Stacks": [{"Outputs": [{"OutputKey": "RestUrl", "OutputValue": "https://api.example.com"}]}]}

    def get_paginator(self, operation: str) -> "CloudFormation":
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's own name
        self._find(StackName)
        for kind, name in (("AWS::SQS::Queue", "a-queue"), ("AWS::S3::Bucket", "a-bucket")):
            yield {"StackResourceSummaries": [{"ResourceType": kind, "PhysicalResourceId": name}]}

    def _find(self, name: str) -> None:
        if name != "RideFlow-dev-data":
            raise ClientError({"Error": {"Code": self._refusal, "Message": "no"}}, "DescribeStacks")


def test_outputs_and_resources_are_those_of_the_stages_stack() -> None:
    dev = Cloud("dev", lambda _: CloudFormation())

    assert dev.outputs("data") == {"RestUrl": "https://api.example.com"}
    assert dev.resources("data", "AWS::S3::Bucket") == ["a-bucket"]


def test_a_stack_that_is_not_deployed_has_no_outputs_and_no_resources() -> None:
    dev = Cloud("dev", lambda _: CloudFormation())

    assert dev.resources("api", "AWS::S3::Bucket") == []
    with pytest.raises(CloudError, match="RideFlow-dev-api is not deployed"):
        dev.outputs("api")


def test_a_stack_that_may_not_be_looked_at_is_not_taken_for_a_missing_one() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        Cloud("prod", lambda _: CloudFormation("AccessDenied")).outputs("data")
    with pytest.raises(ClientError, match="AccessDenied"):
        Cloud("prod", lambda _: CloudFormation("AccessDenied")).resources("data", "AWS::S3::Bucket")


def test_every_client_slows_down_when_aws_asks_it_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage has more than a hundred functions, and Lambda takes 15 calls a second that list or change any."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    dev = aws_cloud("dev")

    for service in ("lambda", "sqs"):
        assert dev.client(service).meta.config.retries == {"mode": "adaptive", "total_max_attempts": 11}
