"""The deployed cloud of a stage: LocalStack for the stage `local`, the account of the current credentials otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from infra.constructs.naming import resource_name, stack_name

if TYPE_CHECKING:
    from local.record import StackRecord

_TRIES = 10


class CloudError(Exception):
    """The stage's cloud cannot be asked, or what is asked for is not there. The message says what to do."""


class Cloud:
    """Clients of one stage's AWS services, each made once. `make` returns a boto3 client of a service."""

    def __init__(self, stage: str, make: Callable[[str], Any]) -> None:
        self.stage = stage
        self._make = make
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._make(service)
        return self._clients[service]

    @property
    def prefix(self) -> str:
        """The beginning of the name of each of the stage's resources."""
        return resource_name(self.stage, "")

    def outputs(self, stack: str) -> dict[str, str]:
        """The outputs of one of the stage's stacks, such as `api`. Raises `CloudError` if it is not deployed."""
        told = self._of_stack(
            stack, lambda client, name: client.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
        )
        if told is None:
            raise CloudError(f"The stack {stack_name(self.stage, stack)} is not deployed in this region.")
        return {output["OutputKey"]: output["OutputValue"] for output in told}

    def resources(self, stack: str, kind: str) -> list[str]:
        """The physical names of a stack's resources of a type, such as `AWS::S3::Bucket`; none if it is not there."""

        def listed(client: Any, name: str) -> list[dict[str, Any]]:
            pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
            return [each for page in pages for each in page["StackResourceSummaries"]]

        found = self._of_stack(stack, listed) or []
        return [each["PhysicalResourceId"] for each in found if each["ResourceType"] == kind]

    def _of_stack(self, stack: str, ask: Callable[[Any, str], list[dict[str, Any]]]) -> list[dict[str, Any]] | None:
        """What CloudFormation answers; None if it knows no such stack."""
        from botocore.exceptions import ClientError

        try:
            return ask(self.client("cloudformation"), stack_name(self.stage, stack))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return None


def region() -> str | None:
    """The region that the environment or the profile tells, in the CDK's order: boto3 does not know AWS_REGION."""
    import boto3

    told = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return told or boto3.Session().region_name


def local_cloud(record: StackRecord) -> Cloud:
    """The running stack's cloud."""
    from local import emulators

    return Cloud(record.stage, lambda service: emulators.local_client(service, record.endpoint_url))


def aws_cloud(stage: str) -> Cloud:
    """The cloud of a stage on AWS. Raises `CloudError` without a region.

    A stage has more than a hundred functions, and Lambda takes 15 calls a second that change or list any: botocore's
    adaptive mode slows down when it is told to.
    """
    import boto3
    from botocore.config import Config

    session = boto3.Session(region_name=region())
    if not session.region_name:
        raise CloudError("No region: set AWS_REGION, or a region for AWS_PROFILE.")
    patient = Config(retries={"mode": "adaptive", "max_attempts": _TRIES})
    return Cloud(stage, lambda service: session.client(service, config=patient))
