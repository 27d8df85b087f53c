"""What commands refuse, and how their output is written."""

import io
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import boto3
import pytest
from moto import mock_aws
from rich.table import Table
from typer.testing import CliRunner

from local.cli import app
from local.commands.output import Output, unwritable
from local.deploy import one_at_a_time
from local.paths import StackFolder
from simulation.scenes.night import Night
from tests.local.recorded import RECORD


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


def test_a_file_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("figures")

    assert [unwritable(file) for file in (old, new)] == [None, None]
    assert (old.read_text(), new.exists()) == ("figures", False)


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


def test_an_operators_password_is_not_asked_for_without_a_terminal(running: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["operator", "olga@example.com"])

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "--password" in answer.stderr


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
