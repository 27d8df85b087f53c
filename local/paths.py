"""Where things are in this checkout; everything that running leaves behind is under the ignored `.rideflow` folder."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".rideflow"
VENV = ROOT / ".venv"
TOOLS = STATE / "bin"
LOCALSTACK_PYTHON = STATE / "venvs" / "localstack" / "bin" / "python"
MINISTACK = STATE / "venvs" / "ministack" / "bin" / "ministack"
LAMBDA_PYTHON = STATE / "venvs" / "lambda" / "bin" / "python"
APP = ROOT / "app.py"


@dataclass(frozen=True)
class StackFolder:
    """The files of one running stack. `rideflow up` has its own, the tests have another: both can run at once."""

    state: Path

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
    def assembly(self) -> Path:
        return self.state / "cdk.out"

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def data(self, process: str) -> Path:
        return self.state / process


STACK = StackFolder(STATE)
TEST_STACK = StackFolder(STATE / "test")
