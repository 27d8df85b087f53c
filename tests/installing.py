"""The tools that only tests run are installed by the first test that needs them, if nothing else did so."""

import subprocess

from local.paths import ROOT, VENV


class ToolsMissingError(Exception):
    """Set-up could not install them; the message is its output."""


def install(tools: str) -> None:
    """Install tools of `local/setup.py`, as `make test` does; cheap if they are there. Raises `ToolsMissingError`."""
    command = [str(VENV / "bin" / "python"), str(ROOT / "local" / "setup.py"), f"--{tools}"]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        raise ToolsMissingError(made.stdout + made.stderr)
