"""`rideflow up` and `rideflow down`, and what `make run` makes of them."""

import io
import shlex
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from local import paths, record
from local.cli import app
from local.commands import up
from local.commands.output import console
from local.paths import StackFolder
from tests.eventually import DEADLINE_S

NEXT_STEPS = (paths.command("status"), paths.command("logs notifications.on_trip_changed"), "docs/getting-started.md")


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


def test_down_without_a_running_stack_is_no_failure(folder: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["down"])
    assert answer.exit_code == 0
    assert "was not running" in answer.stdout
