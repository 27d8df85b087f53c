"""Output of the commands."""

import io
import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from rich.table import Table
from typer.main import get_group
from typer.testing import CliRunner

from benchmarks.__main__ import _PARTS
from local import paths, record
from local.cli import app
from local.commands import up
from local.commands.output import Output, console, unwritable
from local.deploy import one_at_a_time
from local.locks import Lock
from local.paths import StackFolder
from local.record import StackRecord
from simulation.scenes.night import Night
from tests.eventually import DEADLINE_S

RECORD = StackRecord(
    pid=1,
    endpoint_url="http://127.0.0.1:14566",
    database_url="postgresql://postgres@127.0.0.1:15432/rideflow",
    redis_url="redis://127.0.0.1:16379",
    cognito_url="http://127.0.0.1:14567",
    stripe_url="http://127.0.0.1:12111",
    stripe_api_key="sk_test_1",
    stripe_webhook_secret="whsec_1",
)
OUTPUTS = {
    "RideFlow-local-api": {"RestApiId": "r1", "RestStage": "live", "WebSocketApiId": "w1", "WebSocketStage": "live"},
    "RideFlow-local-identity": {"UserPoolId": "us-east-1_pool"},
}

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

NEXT_STEPS = (paths.command("status"), paths.command("logs notifications.on_trip_changed"), "docs/getting-started.md")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackFolder:
    """The stack's folder of a checkout without a running stack."""
    folder = StackFolder(tmp_path)
    monkeypatch.setattr(paths, "STACK", folder)
    folder.function_logs.mkdir(parents=True)
    return folder


@pytest.fixture
def running(folder: StackFolder) -> Iterator[StackFolder]:
    RECORD.deployed(OUTPUTS).save(folder.record)
    lock = Lock(folder.supervisor_lock)
    yield folder
    lock.release()


def test_help_names_every_command_and_the_first_one_to_use() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for command in ("up", "down", "status", "logs", "demo", "replay", "bench", "deploy", "synth"):
        assert f" {command} " in shown
    assert f"Begin with {paths.command('up')}" in shown


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Each command of the group as its words, and those of its groups. `bench` explains itself: `tests/benchmarks`."""
    for name, command in group.commands.items():
        if name != "bench":
            yield (*path, name)
            yield from commands(command, *path, name) if hasattr(command, "commands") else ()


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", list(commands(get_group(app))), ids=" ".join)
def test_help_of_a_command_fills_its_lines_and_gives_switches_no_values(command: tuple[str, ...], columns: int) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": str(columns)}).stdout

    assert "<bool>" not in shown
    text = [line.strip() for line in shown.partition("╭")[0].splitlines()]
    for line, following in pairwise(text):
        if line and following:
            assert len(f"{line} {following.split()[0]}") > columns - 2, line


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


def test_two_deploys_do_not_change_the_stack_at_once(running: StackFolder) -> None:
    with one_at_a_time(running):
        answer = CliRunner().invoke(app, ["deploy"])

    assert answer.exit_code == 1
    assert "Another deploy to this stack is at work" in answer.stderr
    with one_at_a_time(running):
        pass


@pytest.mark.parametrize(
    "command",
    [["demo"], ["bench", "--only", "paths", "--drives", "2"], ["replay", "--trips", "x", "--pings", "x"]],
    ids=lambda command: command[0],
)
def test_a_file_that_cannot_be_written_is_told_before_the_work(
    running: StackFolder, tmp_path: Path, command: list[str]
) -> None:
    where = tmp_path / "missing" / "figures.json"

    answer = CliRunner().invoke(app, [*command, "--json", str(where)])

    assert answer.exit_code in {1, 2}
    assert f"{where} cannot be written: No such file or directory" in answer.stderr.replace("\n", "")


def test_the_scenes_are_listed_and_draw_their_own_rides(running: StackFolder) -> None:
    said = CliRunner().invoke(app, ["demo", "--help"], env={"COLUMNS": "200"}).stdout
    assert "--scene" in said
    assert "evening" in said

    assert CliRunner().invoke(app, ["demo", "--scene", "dawn"]).exit_code == 2
    refused = CliRunner().invoke(app, ["demo", "--scene", "evening", "--trips", "x.csv"])
    assert refused.exit_code == 1
    assert "A scene draws its own rides: --trips would have no effect." in refused.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "played"),
    [
        (["--scene", "evening"], (200, 60)),
        (["--scene", "evening", "--rides", "20"], (20, 6)),
        (["--scene", "evening", "--rides", "3"], (3, 4)),
        (["--scene", "evening", "--rides", "20", "--drivers", "9"], (20, 9)),
    ],
)
def test_a_scene_has_drivers_for_its_rides(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], played: tuple[int, int]
) -> None:
    play = Mock(return_value=0)
    monkeypatch.setattr("local.commands.demo.running_stack", Mock())
    monkeypatch.setattr("local.demo.play_scene_on", play)

    assert CliRunner().invoke(app, ["demo", *arguments]).exit_code == 0

    night: Night = play.call_args.args[1]
    assert (len(night.plan.requests), len(night.scene.shifts)) == played


@pytest.mark.parametrize(
    ("arguments", "demo"),
    [
        ([], None),
        (["--demo", "10"], ["--rides", "10"]),
        (["--scene", "evening"], ["--scene", "evening"]),
        (["--scene", "evening", "--demo", "40"], ["--scene", "evening", "--rides", "40"]),
    ],
)
def test_a_start_in_the_foreground_plays_the_demo_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], demo: list[str] | None
) -> None:
    played: list[list[str]] = []
    monkeypatch.setattr(up, "_stay", played.append)

    assert CliRunner().invoke(app, ["up", "--foreground", *arguments]).exit_code == 0

    assert played == [demo or []]


def test_a_scene_needs_the_foreground_to_be_played_by_up() -> None:
    refused = CliRunner().invoke(app, ["up", "--scene", "evening"])
    assert refused.exit_code == 1
    assert "--demo and --scene need --foreground" in refused.stderr.replace("\n", " ")


def test_a_file_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("figures")

    assert [unwritable(file) for file in (old, new)] == [None, None]
    assert (old.read_text(), new.exists()) == ("figures", False)


def test_an_operators_password_is_not_asked_for_without_a_terminal(running: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["operator", "olga@example.com"])

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "--password" in answer.stderr


class Terminal(io.StringIO):
    """A terminal as far as the output's form depends on it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("file", "is_whole"), [(io.StringIO(), True), (Terminal(), False)], ids=["file", "terminal"])
def test_lines_and_tables_are_fitted_into_a_terminal_and_are_whole_elsewhere(
    monkeypatch: pytest.MonkeyPatch, file: io.StringIO, *, is_whole: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = Output(file=file, force_terminal=False)
    table = Table("name", "meaning", box=None)
    table.add_row("n" * 50, "a meaning " * 20)

    shown.print("a long sentence, " * 20)
    shown.print(table)

    lines = file.getvalue().splitlines()
    assert (len(lines) == 3) is is_whole
    assert any("n" * 50 in line and line.count("meaning") == 20 for line in lines) is is_whole
    assert (max(len(line) for line in lines) <= 60) is not is_whole


def test_the_commands_of_the_next_steps_are_in_one_line_each(
    running: StackFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = Console(width=60, file=io.StringIO())
    monkeypatch.setattr(up, "console", narrow)

    up._show_next_steps(up.STEPS)

    assert isinstance(narrow.file, io.StringIO)
    for step in NEXT_STEPS:
        assert f"  {step} " in narrow.file.getvalue()


@pytest.mark.parametrize("interrupted", [False, True])
def test_make_run_says_the_next_steps_when_its_rides_are_over_unless_it_is_to_end(
    running: StackFolder, monkeypatch: pytest.MonkeyPatch, *, interrupted: bool
) -> None:
    """The test's stack is up at once and ends by itself."""

    def supervise(_folder: StackFolder, _report: Any, ready: Any, **_leave: Any) -> None:
        ready(record.load(running.record), threading.Event())

    def play(demo: list[str], stop: threading.Event) -> None:
        console.print(f"{demo[-1]} rides were paid.")
        if interrupted:
            stop.set()

    monkeypatch.setattr("local.supervisor.supervise", supervise)
    monkeypatch.setattr(up, "_play", play)

    answer = CliRunner().invoke(app, command_of_make_run(), env={"COLUMNS": "200"})

    assert answer.exit_code == 0, answer.output
    before, _, after = answer.stdout.partition("10 rides were paid.\n")
    assert "http://127.0.0.1:14566/_aws/execute-api/r1/live" in before
    for said in (*NEXT_STEPS, "stays up until"):
        assert said not in before
        assert (said in after) is not interrupted, said


def command_of_make_run(*settings: str) -> list[str]:
    """The arguments of `rideflow` as make would call it."""
    make = ["make", "--no-print-directory", "-n", "run", *settings]
    steps = subprocess.run(make, cwd=paths.ROOT, capture_output=True, text=True, check=True)
    return shlex.split(steps.stdout.splitlines()[-1])[2:]


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ([], ["--demo", "10"]),
        (["RIDES=3"], ["--demo", "3"]),
        (["SCENE=evening"], ["--demo", "200", "--scene", "evening"]),
        (["SCENE=evening", "RIDES=40"], ["--demo", "40", "--scene", "evening"]),
    ],
)
def test_make_run_plays_ten_rides_or_a_scene(settings: list[str], arguments: list[str]) -> None:
    assert command_of_make_run(*settings) == ["up", "--foreground", *arguments]


def test_a_shell_can_take_the_addresses_of_a_running_stack_as_variables(running: StackFolder) -> None:
    script = CliRunner().invoke(app, ["status", "--env"]).stdout
    told = subprocess.run(["sh", "-c", f"{script} env"], capture_output=True, text=True, check=True).stdout
    assert f"WEBSOCKET_URL={RECORD.deployed(OUTPUTS).websocket_url}\n" in told
    assert "STRIPE_API_KEY=sk_test_1\n" in told


def test_an_operator_is_made_once_and_gets_a_new_password_the_second_time() -> None:
    from local.commands.operator import appoint

    with mock_aws():
        cognito = boto3.client("cognito-idp", region_name="us-east-1")
        pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        cognito.create_group(UserPoolId=pool, GroupName="operator")
        record = replace(RECORD, user_pool_id=pool)
        for password in ("First-one-1!", "Second-one-1!"):
            appoint(cognito, record, "olga@example.com", password)
        (olga,) = cognito.list_users_in_group(UserPoolId=pool, GroupName="operator")["Users"]
        assert olga["UserStatus"] == "CONFIRMED"
        assert {"Name": "email_verified", "Value": "true"} in olga["Attributes"]


def test_a_second_up_is_refused(running: StackFolder) -> None:
    from local.stack import Stack, StackError

    with pytest.raises(StackError, match="up or starting"):
        Stack(running, report=lambda _: None).start()


def test_a_second_up_that_is_told_to_stop_leaves_the_first_one_s_record(running: StackFolder) -> None:
    """The second one's parent process signals it so, after it has reported its failure."""
    refused = f"""
import signal, sys, threading
from pathlib import Path
from local import paths, supervisor
folder = paths.StackFolder(Path({str(running.state)!r}))
class Refused(supervisor.Stack):
    def start(self):
        try:
            super().start()
        except supervisor.StackError:
            print("refused", flush=True)
            threading.Event().wait(60)
supervisor.Stack = Refused
supervisor.supervise(folder, lambda _: None, lambda *_: None)
"""
    with subprocess.Popen([sys.executable, "-c", refused], cwd=paths.ROOT, stdout=subprocess.PIPE) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == b"refused\n"
        second.terminate()
        assert second.wait(DEADLINE_S) == 128 + signal.SIGTERM

    assert CliRunner().invoke(app, ["status"]).exit_code == 0


def test_a_demo_that_does_not_end_does_not_keep_the_stack_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "DEMO_ENDS_WITHIN_S", 0.1)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == b"deaf\n"

        up._end(demo)

        assert demo.returncode == -signal.SIGKILL


def test_the_record_has_the_outputs_of_the_stacks() -> None:
    record = RECORD.deployed(OUTPUTS)
    assert record.user_pool_id == "us-east-1_pool"
    assert record.output("RestStage") == "live"
    assert record.output("Missing") is None


@pytest.mark.parametrize(
    "name", ["trips.request_trip", "trips/request_trip", "request_trip", "rideflow-local-trips-request_trip"]
)
def test_logs_finds_a_function_by_any_of_its_names(folder: StackFolder, name: str) -> None:
    (folder.function_logs / "rideflow-local-trips-request_trip.log").write_text("first\nlast\n")
    assert CliRunner().invoke(app, ["logs", name]).stdout == "first\nlast\n"


def test_logs_begins_with_as_many_lines_as_asked(folder: StackFolder) -> None:
    folder.log("localstack").write_text("first\nsecond\nlast\n")
    assert CliRunner().invoke(app, ["logs", "localstack", "-n", "2"]).stdout == "second\nlast\n"


def test_logs_of_an_ambiguous_name_tells_the_choices(folder: StackFolder) -> None:
    for name in ("trips-request_trip", "trips-get_trip"):
        (folder.function_logs / f"rideflow-local-{name}.log").touch()
    answer = CliRunner().invoke(app, ["logs", "trip"])
    assert answer.exit_code == 1
    assert "trips.get_trip, trips.request_trip" in answer.stderr


def test_logs_of_a_function_that_ran_and_logged_nothing_say_so(folder: StackFolder) -> None:
    (folder.function_logs / "rideflow-local-trips-get_trip.log").touch()
    assert CliRunner().invoke(app, ["logs", "get_trip"]).stdout == "trips.get_trip has logged nothing.\n"


def test_logs_of_an_unknown_name_says_where_to_look(folder: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["logs", "nobody"])
    assert answer.exit_code == 1
    assert f"`{paths.command('logs')}` lists" in answer.stderr


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("status --json --env", "--json prints the whole record: --env would have no effect."),
        ("logs --follow", "The name of a log is missing: --follow would have no effect."),
        ("logs -n 0", "The name of a log is missing: --lines would have no effect."),
        ("rotate stripe-webhook --yes", "Without --finish there is no question: --yes would have no effect."),
        ("ride --prepare --pickup 37.7,-122.4", "--prepare plays no ride: --pickup would have no effect."),
        ("ride --stage dev --prepare --json it", "--prepare plays no ride: --json would have no effect."),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(running: StackFolder, command: str, why: str) -> None:
    answer = CliRunner().invoke(app, command.split())

    assert (answer.exit_code, answer.stdout, answer.stderr) == (1, "", f"✗ {why}\n")


def test_down_without_a_running_stack_is_no_failure(folder: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["down"])
    assert answer.exit_code == 0
    assert "was not running" in answer.stdout


def test_the_table_of_commands_in_the_documents_names_each_of_them_and_each_part_of_bench() -> None:
    table = _commands_told()
    parts = re.search(r"`rideflow bench \[--only ([^]]+)\]", table)

    assert set(re.findall(r"`rideflow (\w+)", table)) == set(get_group(app).commands)
    assert parts is not None
    assert parts[1].split("\\|") == list(_PARTS)


def test_the_table_of_commands_in_the_documents_names_each_option() -> None:
    """Those of commands within a command, such as `market new`, are told where the table refers to."""
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `rideflow (\w+).*$", _commands_told(), re.MULTILINE)}
    options = {
        name: {option for each in command.params for option in each.opts if option.startswith("--")}
        for name, command in get_group(app).commands.items()
    }

    assert sum(len(each) for each in options.values()) > 40
    for name, known in options.items():
        assert known - set(re.findall(r"--[a-z-]+", rows[name])) == set(), name


def _commands_told() -> str:
    document = (paths.ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    return document[document.index("| command |") : document.index("Where a figure of real demand")]
