"""Progress of a deploy, and the report of a failed one."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local import cdk, paths
from local.cli import app
from local.deploy import EVENT, Events
from local.locks import Lock
from local.paths import StackFolder
from local.steps import State, Step, step
from tests.local.recorded import OUTPUTS, RECORD

LINE = "RideFlow-local-api | 12/40 | 7:32:15 AM | CREATE_COMPLETE      | AWS::SQS::Queue    | Q (Q63C6E3AB)"


def test_an_event_of_a_stack_tells_how_far_it_is() -> None:
    event = EVENT.match(LINE)
    assert event is not None
    assert event.groupdict() == {
        "stack": "RideFlow-local-api",
        "done": "12",
        "total": "/40",
        "type": "AWS::SQS::Queue",
    }


def test_other_lines_are_no_events() -> None:
    assert EVENT.match("RideFlow-local-api: creating stack...") is None


def test_resources_without_effect_are_named_once_with_the_reason() -> None:
    kind = "| CREATE_COMPLETE | AWS::EC2::FlowLog | Vpc/FlowLog (F1)"
    told: list[str] = []
    events = Events(told.append)
    for stack in ("RideFlow-local-network", "RideFlow-local-data"):
        events.read(f"{stack} | 3/40 | 7:32:15 AM {kind} Without effect here: no traffic is recorded\n")
    events.read(LINE)

    assert told[0] == "RideFlow-local-network 3/40 AWS::EC2::FlowLog"
    assert events.without_effect == "without effect here: AWS::EC2::FlowLog (no traffic is recorded)"


def test_a_step_ends_with_its_result() -> None:
    told: list[Step] = []
    with step("Deploy", told.append) as detail:
        detail.result = "without effect here: a thing"

    assert (told[-1].state, told[-1].detail) == (State.DONE, "without effect here: a thing")


def test_a_step_reports_its_beginning_its_details_and_its_end() -> None:
    told: list[Step] = []
    with step("Deploy", told.append) as detail:
        detail("half way")
    assert [(one.state, one.detail) for one in told] == [
        (State.STARTED, ""),
        (State.PROGRESSED, "half way"),
        (State.DONE, ""),
    ]


def test_a_step_that_fails_leaves_it_to_the_command_to_say_why() -> None:
    told: list[Step] = []
    with pytest.raises(RuntimeError), step("Deploy", told.append):
        raise RuntimeError("no room\nat all")
    assert (told[-1].state, told[-1].detail) == (State.FAILED, "")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StackFolder]:
    """A running stack whose deploys succeed at once. Only one of its two CloudFormation stacks has outputs."""
    folder = StackFolder(tmp_path)
    folder.assembly.mkdir(parents=True)
    artifacts = {name: {"type": "aws:cloudformation:stack"} for name in ("RideFlow-local-data", "RideFlow-local-trips")}
    artifacts["Tree"] = {"type": "cdk:tree"}
    (folder.assembly / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    RECORD.deployed(OUTPUTS).save(folder.record)

    def deployed(_assembly: Path, _url: str, outputs: Path, *_: object) -> None:
        outputs.write_text(json.dumps({**OUTPUTS, "RideFlow-local-data": {"Table": "trips"}}))

    monkeypatch.setattr(paths, "STACK", folder)
    monkeypatch.setattr(cdk, "synth", lambda *_: None)
    monkeypatch.setattr(cdk, "deploy_local", deployed)
    monkeypatch.setattr("local.deploy.introduce_stripe", lambda _: None)
    monkeypatch.setattr("local.deploy.release_local", lambda *_: "r-1")
    lock = Lock(folder.supervisor_lock)
    yield folder
    lock.release()


def test_a_deploy_says_which_release_is_live(stack: StackFolder) -> None:
    said = CliRunner().invoke(app, ["deploy"])
    assert said.exit_code == 0, said.output
    assert said.stdout.endswith("\nr-1 is live.\n")


def test_status_lists_every_stack_that_was_deployed(stack: StackFolder) -> None:
    assert CliRunner().invoke(app, ["deploy"]).exit_code == 0
    listed = [line for line in CliRunner().invoke(app, ["status"]).stdout.splitlines() if "✓" in line]
    assert listed == [f"  ✓ RideFlow-local-{name}" for name in ("api", "data", "identity", "trips")]


def test_a_failed_synth_says_why_and_leaves_the_whole_output_in_the_log(tmp_path: Path) -> None:
    app, log = tmp_path / "app.py", tmp_path / "cdk.log"
    app.write_text("print('beginning'); raise SystemExit('the stage is unknown')")
    with pytest.raises(cdk.CdkError, match="the stage is unknown"):
        cdk.synth(app, tmp_path / "out", {}, log)
    assert log.read_text() == "beginning\nthe stage is unknown\n"


def test_an_app_is_given_the_context_of_its_cdk_json_and_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "unused", "context": {"a": "file", "b": "file"}}')
    app = tmp_path / "app.py"
    app.write_text("import os; open('given', 'w').write(os.environ['CDK_CONTEXT_JSON'])")
    cdk.synth(app, tmp_path / "out", {"b": "line"})
    assert (tmp_path / "given").read_text() == '{"a": "file", "b": "line"}'


def test_a_persons_own_profile_does_not_reach_the_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    environment = cdk.local_environment("http://127.0.0.1:14566")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:14566"
    assert Path(environment["JSII_NODE"]).exists()
    assert sys.prefix in environment["PATH"]
