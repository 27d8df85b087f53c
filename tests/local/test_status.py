"""`rideflow status`: a running stack, for people and for scripts."""

import json
import subprocess

import pytest
from typer.testing import CliRunner

from local import paths
from local.cli import app
from local.paths import StackFolder
from tests.local.recorded import OUTPUTS, RECORD

RECORD_OF_SCRIPTS = {
    "pid": int,
    "endpoint_url": str,
    "database_url": str,
    "redis_url": str,
    "cognito_url": str,
    "stripe_url": str,
    "stripe_api_key": str,
    "stripe_webhook_secret": str,
    "rest_url": str,
    "websocket_url": str,
    "user_pool_id": str,
    "user_pool_client_id": str,
    "stage": str,
    "outputs": dict,
}
"""Members of `status --json`. Scripts read them: members may be added, but not removed or changed in type."""


def test_status_of_a_stack_that_is_down_says_how_to_start_it(folder: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["status"])
    assert answer.exit_code == 1
    assert "rideflow up" in answer.stderr


def test_a_record_that_a_crash_left_does_not_count_as_a_running_stack(folder: StackFolder) -> None:
    RECORD.save(folder.record)
    folder.supervisor_lock.write_text("1")
    assert CliRunner().invoke(app, ["status"]).exit_code == 1


def test_status_of_a_running_stack_tells_its_addresses(running: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["status"])
    assert answer.exit_code == 0
    assert "http://127.0.0.1:14566/_aws/execute-api/r1/live" in answer.stdout
    assert "ws://127.0.0.1:14566/_aws/execute-api/w1/live" in answer.stdout


def test_scripts_read_the_record_of_a_running_stack_as_json(running: StackFolder) -> None:
    long = "a long value, which a terminal of 80 columns would have in two lines, each of them no JSON any more"
    outputs = {**OUTPUTS, "RideFlow-local-data": {"Long": long}}
    RECORD.deployed(outputs).save(running.record)

    answer = CliRunner().invoke(app, ["status", "--json"])

    assert (answer.exit_code, answer.stderr) == (0, "")
    told = json.loads(answer.stdout)
    assert RECORD_OF_SCRIPTS.items() <= {name: type(value) for name, value in told.items()}.items()
    assert told["rest_url"] == "http://127.0.0.1:14566/_aws/execute-api/r1/live"
    assert told["websocket_url"] == "ws://127.0.0.1:14566/_aws/execute-api/w1/live"
    assert (told["database_url"], told["redis_url"]) == (RECORD.database_url, RECORD.redis_url)
    assert (told["stripe_api_key"], told["user_pool_id"]) == ("sk_test_1", "us-east-1_pool")
    assert told["outputs"] == outputs


@pytest.mark.parametrize("crashed", [False, True])
def test_scripts_read_nothing_of_a_stack_that_is_down(folder: StackFolder, *, crashed: bool) -> None:
    """Not even if a crash left the record of a former stack."""
    if crashed:
        RECORD.deployed(OUTPUTS).save(folder.record)
        folder.supervisor_lock.write_text("1")

    answer = CliRunner().invoke(app, ["status", "--json"])

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == f"✗ The stack is not running. Start it with `{paths.command('up')}`.\n"


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["status", "--json"],
        ["status", "--env"],
        ["deploy"],
        ["demo"],
        ["operator", "a@b.example", "--password", "x"],
    ],
)
def test_a_stack_that_is_starting_is_not_taken_for_one_that_is_up(running: StackFolder, command: list[str]) -> None:
    """Its record exists, without the addresses that a deploy adds."""
    RECORD.save(running.record)

    answer = CliRunner().invoke(app, command)

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == "✗ The stack is starting. Try again when it is up.\n"


def test_a_shell_can_take_the_addresses_of_a_running_stack_as_variables(running: StackFolder) -> None:
    script = CliRunner().invoke(app, ["status", "--env"]).stdout
    told = subprocess.run(["sh", "-c", f"{script} env"], capture_output=True, text=True, check=True).stdout
    assert f"WEBSOCKET_URL={RECORD.deployed(OUTPUTS).websocket_url}\n" in told
    assert "STRIPE_API_KEY=sk_test_1\n" in told


def test_the_record_has_the_outputs_of_the_stacks() -> None:
    record = RECORD.deployed(OUTPUTS)
    assert record.user_pool_id == "us-east-1_pool"
    assert record.output("RestStage") == "live"
    assert record.output("Missing") is None
