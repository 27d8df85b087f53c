"""A waiting person sees the progress of the stack's start; after an interrupt the terminal is as it was before."""

import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from local.cli import app
from local.commands.progress import Progress
from local.paths import ROOT
from local.steps import State, Step
from tests.eventually import DEADLINE_S, eventually

HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"

# The foreground stack, whose servers take their time; and a start that is followed, as by `rideflow up`.
STARTS_SLOWLY = """
import sys, threading
from pathlib import Path
from local import paths, supervisor
from local.steps import State, Step
paths.STACK = supervisor.STACK = paths.StackFolder(Path(sys.argv[1]))
class Slow(supervisor.Stack):
    def start(self):
        self._report(Step("LocalStack", State.STARTED))
        threading.Event().wait(600)
supervisor.Stack = Slow
from local.commands import up
up._stay(0)
"""

# A program that says whether it is asked to end while make waits for it.
ASKED_TO_END = f"""#!{sys.executable}
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("at work", flush=True)
print("asked to end" if signal.sigtimedwait([signal.SIGTERM], {DEADLINE_S}) else "not asked", flush=True)
"""


@pytest.mark.parametrize(
    ("target", "program"),
    [
        ("run", "rideflow"),
        ("synth", "rideflow"),
        ("test", "pytest"),
        ("test-long", "pytest"),
        ("mutants", "python"),
        ("new", "python"),
    ],
)
def test_a_make_that_is_asked_to_end_ends_its_program_first(tmp_path: Path, target: str, program: str) -> None:
    """A stack, or a test run with its stack, must not outlive the make that somebody ended."""
    (tmp_path / program).write_text(ASKED_TO_END)
    (tmp_path / program).chmod(0o755)
    needs_nothing = ["--old-file=setup", "--old-file=setup-tests"]
    command = ["make", *needs_nothing, target, f"BIN={tmp_path}", 'ARGS=-k "one or other"']
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as make:
        assert make.stdout is not None
        assert make.stdout.readline() == "at work\n"
        make.terminate()
        assert make.stdout.readline() == "asked to end\n"
        assert make.wait(DEADLINE_S) == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_that_is_interrupted_gives_the_cursor_back_and_says_a_sentence(
    tmp_path: Path, number: signal.Signals
) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-c", STARTS_SLOWLY, str(tmp_path)]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=end, stdout=end, stderr=end) as running:
        os.close(end)
        said = b""
        while HIDE_CURSOR not in said or b"LocalStack" not in said:
            said += os.read(terminal, 4096)
        os.kill(running.pid, number)
        said += _rest(terminal)
        assert running.wait(DEADLINE_S) == 128 + number
    assert said.rfind(SHOW_CURSOR) > said.rfind(HIDE_CURSOR)
    assert b"Interrupted" in said
    assert b"Traceback" not in said


def test_a_command_that_is_interrupted_ends_with_a_sentence_and_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("local.commands.status.running_stack", interrupted)
    answer = CliRunner().invoke(app, ["status"])
    assert answer.exit_code == 130
    assert answer.stderr == "Interrupted.\n"


def test_without_a_terminal_a_step_that_takes_long_is_told_of_until_it_ends() -> None:
    said = io.StringIO()
    with Progress(Console(file=said, width=80), tell_every_s=0.01) as shown:
        shown.report(Step("Templates", State.STARTED))
        eventually(lambda: "… Templates 0 s" in said.getvalue())
        shown.report(Step("Templates", State.PROGRESSED, "half way"))
        eventually(lambda: "… Templates 0 s half way" in said.getvalue())
        shown.report(Step("Templates", State.DONE, seconds=1.5))
    assert said.getvalue().splitlines()[-1].startswith("✓ Templates 1.5 s")


def test_on_a_terminal_the_seconds_of_a_step_pass_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown = Progress(console)
    shown.report(Step("Templates", State.STARTED))
    now[0] = 107.0
    console.print(shown._render())
    assert isinstance(console.file, io.StringIO)
    assert "7.0 s" in console.file.getvalue()


def _rest(terminal: int) -> bytes:
    """Read the rest of the terminal's output; reading a closed one raises an error."""
    said = b""
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:
            return said
        if not read:
            return said
        said += read
