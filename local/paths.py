"""Paths in this checkout. Files that a run leaves behind are under the ignored `.rideflow` folder."""

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".rideflow"
VENV = ROOT / ".venv"
TOOLS = STATE / "bin"
LOCALSTACK_PYTHON = STATE / "venvs" / "localstack" / "bin" / "python"
MINISTACK_PYTHON = STATE / "venvs" / "ministack" / "bin" / "python"
LAMBDA_PYTHON = STATE / "venvs" / "lambda" / "bin" / "python"
APP = ROOT / "app.py"
CONSOLE = ROOT / "console"
CONSOLE_BUILD = CONSOLE / "dist"

PRIVATE, PASSABLE = 0o700, 0o711


def command(arguments: str = "") -> str:
    """The command by which a person calls `rideflow` from the current folder: setup does not put it on the PATH."""
    script = VENV / "bin" / "rideflow"
    found = shutil.which("rideflow")
    if found and Path(found).resolve() == script.resolve():
        return f"rideflow {arguments}".strip()
    here = os.path.relpath(script)
    return f"{shlex.quote(here if len(here) < len(str(script)) else str(script))} {arguments}".strip()


@dataclass(frozen=True)
class StackFolder:
    """The files of one running stack. `rideflow up` has its own, the tests have another: both can run at once."""

    state: Path

    def prepare(self) -> None:
        """Make it, closed to the other users of the machine: it holds keys, logs and stores.

        Other users can pass through root's folder, but not list it: PostgreSQL refuses to run as root, so it runs as
        `nobody`.
        """
        _make(self.state, PASSABLE if os.geteuid() == 0 else PRIVATE)
        _make(self.logs, PRIVATE)

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def function_logs(self) -> Path:
        return self.logs / "functions"

    @property
    def record(self) -> Path:
        return self.state / "stack.json"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the one process that runs the stack; its text is that process's id."""
        return self.state / "supervisor.lock"

    @property
    def children_lock(self) -> Path:
        """Held, shared, by every server's keeper until all of the server is gone."""
        return self.state / "children.lock"

    @property
    def deploy_lock(self) -> Path:
        """Held by a deploy to the running stack."""
        return self.state / "deploy.lock"

    @property
    def assembly(self) -> Path:
        return self.state / "cdk.out"

    @property
    def scratch(self) -> Path:
        """The temporary folder of commands that run once at a start; emptied at the next start."""
        return self.state / "tmp"

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def data(self, process: str) -> Path:
        return self.state / process


def _make(folder: Path, mode: int) -> None:
    """Make the folder, or change the mode of an existing one."""
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o777 != mode:
        folder.chmod(mode)


STACK = StackFolder(STATE)
TEST_STACK = StackFolder(STATE / "test")
