"""One small stack that uses every feature of the package, deployed to a LocalStack of the test's own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from running_localstack import client, function_logs, started_localstack, started_ministack
from stack_template import template
from waiting import eventually

STACK = "everything"
DEADLINE_S = 180


@dataclass
class Cloud:
    """LocalStack, and the outputs of the stack that is deployed on it."""

    url: str
    function_logs: Path
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return client(service, self.url)

    def rest(self, path: str, api: str = "RestApi") -> str:
        return f"{self.url}/_aws/execute-api/{self.outputs[api]}/local{path}"

    def described(self, path: str) -> str:
        """An address of the API that is made of an OpenAPI document."""
        return self.rest(path, "DescribedApi")

    def websocket(self, query: str = "") -> str:
        return f"{self.management.replace('http', 'ws', 1)}{query}"

    @property
    def management(self) -> str:
        return f"{self.url}/_aws/execute-api/{self.outputs['SocketApi']}/local"

    def site(self, path: str = "/") -> str:
        """An address below the root of the distribution, by the name that is another origin than the APIs'."""
        return f"{self.url.replace('127.0.0.1', 'localhost')}/_aws/cloudfront/{self.outputs['Distribution']}{path}"

    def role_arn(self, output: str) -> str:
        return f"arn:aws:iam::000000000000:role/{self.outputs[output]}"

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.client("lambda").invoke(FunctionName=self.outputs[function], Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    def deploy(self, version: int) -> None:
        """Create or update the stack; its outputs are read again."""
        cloudformation = self.client("cloudformation")
        change = cloudformation.update_stack if self.outputs else cloudformation.create_stack
        change(StackName=STACK, TemplateBody=json.dumps(template(version)), Capabilities=["CAPABILITY_IAM"])
        stack = eventually(self._settled, DEADLINE_S)
        failures = [
            (event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), failures
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def delete(self) -> None:
        """Delete the stack."""
        cloudformation = self.client("cloudformation")
        cloudformation.delete_stack(StackName=STACK)

        def gone() -> bool:
            listed = cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
            return any(stack["StackName"] == STACK for stack in listed)

        eventually(gone, DEADLINE_S)

    def _settled(self) -> dict[str, Any] | None:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack


@contextmanager
def deployed_cloud(folder: Path, **settings: str) -> Iterator[Cloud]:
    """A cloud with version 1 of the stack; `settings` are further variables of LocalStack's environment."""
    with started_ministack(folder / "ministack") as cognito:
        cognito_url = {"LOCALSTACK_RUNTIME_MINISTACK_URL": cognito.url}
        with started_localstack(folder / "localstack", **cognito_url, **settings) as localstack:
            cloud = Cloud(localstack.url, function_logs(folder / "localstack"), {})
            cloud.deploy(version=1)
            yield cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Shared by all tests, which leave its stack as it is."""
    with deployed_cloud(tmp_path_factory.mktemp("cloud"), LOCALSTACK_RUNTIME_WEBSOCKET_IDLE_SECONDS="6") as shared:
        yield shared
