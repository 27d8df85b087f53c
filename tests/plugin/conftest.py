"""A LocalStack of this test run with the plugin in it, and one small stack that uses all that the plugin adds."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.emulators import Emulator, local_client, start_cognito, start_localstack
from local.paths import StackFolder
from local.processes import free_ports
from tests.plugin.template import POSTGRES, REDIS, template

STACK = "plugin"
DEADLINE_S = 60


def eventually[Found](look: Callable[[], Found | None], deadline_s: float = 15) -> Found:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + deadline_s
    while not (found := look()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
    return found


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

    def _settled(self) -> dict[str, Any] | None:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = StackFolder(tmp_path_factory.mktemp("plugin"))
    running: list[Emulator] = []
    try:
        cognito_port, port = free_ports(2)
        running.append(start_cognito(folder, cognito_port))
        running.append(start_localstack(folder, port, postgres=POSTGRES, redis=REDIS, cognito_url=running[0].url))
        deployed = Cloud(running[1].url, folder.function_logs, {})
        deployed.deploy(version=1)
        yield deployed
    finally:
        for emulator in reversed(running):
            emulator.stop()
