"""A LocalStack of this test run with the plugin in it, and one small stack that uses all that the plugin adds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.emulators import Emulator, local_client, start_cognito, start_localstack
from local.paths import StackFolder
from local.processes import free_ports
from tests.eventually import eventually
from tests.plugin.template import POSTGRES, REDIS, template

STACK = "plugin"
DEADLINE_S = 180


@dataclass
class Cloud:
    """LocalStack, and the outputs of the stack that is deployed on it."""

    url: str
    function_logs: Path
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return local_client(service, self.url)

    def rest(self, path: str) -> str:
        return f"{self.url}/_aws/execute-api/{self.outputs['RestApi']}/local{path}"

    def websocket(self, query: str = "") -> str:
        return f"{self.management.replace('http', 'ws', 1)}{query}"

    @property
    def management(self) -> str:
        return f"{self.url}/_aws/execute-api/{self.outputs['SocketApi']}/local"

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
def deployed_cloud(state: Path, **settings: str) -> Iterator[Cloud]:
    """A cloud with version 1 of the stack; `settings` are further variables of LocalStack's environment."""
    folder = StackFolder(state)
    running: list[Emulator] = []
    try:
        cognito_port, port = free_ports(2)
        cognito = start_cognito(folder, cognito_port)
        running.append(cognito)
        with pytest.MonkeyPatch.context() as environment:  # of this one alone: other tests start clouds of their own
            for name, value in settings.items():
                environment.setenv(name, value)
            localstack = start_localstack(folder, port, postgres=POSTGRES, redis=REDIS, cognito_url=cognito.url)
        running.append(localstack)
        cloud = Cloud(localstack.url, folder.function_logs, {})
        cloud.deploy(version=1)
        yield cloud
    finally:
        for emulator in reversed(running):
            emulator.stop()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Shared by all tests, which leave its stack as it is."""
    with deployed_cloud(tmp_path_factory.mktemp("plugin"), RIDEFLOW_WEBSOCKET_IDLE_SECONDS="6") as shared:
        yield shared
