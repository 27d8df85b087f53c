"""Roles and queues of a test's own on a running LocalStack, and what it refuses them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from deployed_cloud import Cloud
from running_localstack import REGION
from template_parts import policy, role

ACCOUNT = "000000000000"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


class Worker:
    """A role that services assume, with credentials as a function has them, and no rights at first."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._iam = cloud, cloud.client("iam")
        self.name = f"worker-{uuid4().hex[:8]}"
        trust = json.dumps(role()["Properties"]["AssumeRolePolicyDocument"])
        self.arn = self._iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        assumed = cloud.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="quote")
        self._credentials = assumed["Credentials"]

    def may(self, *statements: dict[str, Any]) -> None:
        """Replaces the rights of the role."""
        document = json.dumps(policy(*statements))
        self._iam.put_role_policy(RoleName=self.name, PolicyName="grants", PolicyDocument=document)

    def client(self, service: str, url: str = "") -> Any:
        return client_of(self._credentials, service, url or self._cloud.url)


def client_of(credentials: dict[str, str], service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@contextmanager
def refused(action: str, resource: str = "", reason: str = "") -> Iterator[None]:
    with pytest.raises(ClientError) as raised:
        yield
    message = str(raised.value)
    assert f"is not authorized to perform: {action} on resource: {resource}" in message
    assert reason in message


def url_of(cloud: Cloud, queue: str) -> str:
    return str(cloud.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def bodies(cloud: Cloud, queue: str) -> list[str]:
    """All messages that the queue has: what was sent is there when its call returns."""
    found = cloud.client("sqs").receive_message(QueueUrl=url_of(cloud, queue), MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def worker(cloud: Cloud) -> Worker:
    return Worker(cloud)


@pytest.fixture
def queue(cloud: Cloud) -> Iterator[str]:
    """A queue of the test's own, by its name."""
    sqs, name = cloud.client("sqs"), f"queue-{uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield name
    sqs.delete_queue(QueueUrl=url)
