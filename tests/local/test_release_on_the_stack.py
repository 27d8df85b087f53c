"""A second deploy to a running local cloud, its release, and the way back."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud import local_cloud
from local.deploy import deploy_local, release_local, synth_local
from local.emulators import local_client
from local.paths import StackFolder
from local.record import StackRecord
from local.releases.deployer import Deployer, deployer_of
from local.stack import Stack
from local.steps import Detail
from tests.eventually import eventually

APP = Path(__file__).with_name("released_app")
NAME = "rideflow-local-tests-answer"
FIRST_SAGA_S = 90
"""LocalStack loads Step Functions, and its parser, for the first execution."""


@dataclass
class Released:
    """The app on its stack."""

    stack: Stack

    @property
    def record(self) -> StackRecord:
        assert self.stack.record is not None
        return self.stack.record

    def change(self, word: str) -> None:
        """The same app with another word, deployed and not released."""
        code = self.stack.app.parent / "code" / "answer.py"
        before = self.answer()["word"]
        code.write_text(code.read_text().replace(f'"{before}"', f'"{word}"'))
        synth_local(self.record, self.stack.app, self.stack.folder)
        deploy_local(self.record, self.stack.folder, Detail(lambda _: None))

    def answer(self) -> dict[str, str]:
        with urllib.request.urlopen(self.record.rest_url + "/", timeout=30) as answer:
            return dict(json.load(answer))

    def deployer(self) -> Deployer:
        return deployer_of(local_cloud(self.record), lambda _: None)

    def client(self, service: str) -> Any:
        return local_client(service, self.record.endpoint_url)

    def waiting_saga(self, release: str) -> tuple[str, str]:
        """An execution that a function of the release started, and the token that it waits for."""
        machine = self.record.output("SagaArn")
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps({"release": release})
        )
        return started["executionArn"], eventually(self._token, FIRST_SAGA_S)

    def ended_saga(self, execution: str, token: str) -> dict[str, str]:
        states = self.client("stepfunctions")
        states.send_task_success(taskToken=token, output="{}")
        eventually(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING", FIRST_SAGA_S)
        found = states.describe_execution(executionArn=execution)
        assert found["status"] == "SUCCEEDED", found
        return dict(json.loads(json.loads(found["output"])))

    def _token(self) -> str | None:
        received = self.client("sqs").receive_message(QueueUrl=self.record.output("WaitingUrl"))
        messages = received.get("Messages", [])
        return json.loads(messages[0]["Body"])["token"] if messages else None


@pytest.fixture
def released(tmp_path: Path) -> Iterator[Released]:
    shutil.copytree(APP, tmp_path / "app")
    stack = Stack(StackFolder(tmp_path / "stack"), lambda _: None, tmp_path / "app" / "app.py")
    stack.start()
    try:
        yield Released(stack)
    finally:
        stack.stop()


@pytest.mark.e2e
def test_a_deploy_answers_when_it_is_released_and_a_saga_and_a_rollback_keep_to_the_former_code(
    released: Released,
) -> None:
    first = released.answer()
    execution = released.waiting_saga(first["release"])

    released.change("second")
    assert released.answer() == first, "deployed, and not released"

    release = release_local(released.record, lambda _: None)
    second = released.answer()
    assert (second["word"], second["release"]) == ("second", release)
    assert second["version"] != first["version"]
    assert released.ended_saga(*execution) == first
    assert released.ended_saga(*released.waiting_saga(release)) == second

    assert released.deployer().rollback() == first["release"]
    assert released.answer() == first

    functions = released.deployer().functions
    live = functions.all()[NAME].live
    assert live.record
    functions.move(live, live.version, {second["version"]: 0.5}, live.record)
    eventually(lambda: released.answer() == second)
    eventually(lambda: released.answer() == first)
