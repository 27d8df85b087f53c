"""Other people's tools, as this checkout has them: `make setup` installs them beside this file, in `tools`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from local.cdk import environment
from local.paths import ROOT

DOCS = ROOT / "docs"
TOOLS = Path(__file__).parent / "tools"
PYTHON = ROOT / ".rideflow" / "venvs" / "contracts" / "bin"

_OFFLINE = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NO_UPDATE_NOTIFIER": "1",
    "SCARF_ANALYTICS": "false",
    "NO_COLOR": "1",
}
"""Settings that switch off their telemetry and update checks."""


def run(*command: str | Path, cwd: Path = TOOLS) -> subprocess.CompletedProcess[str]:
    """Run the command; returns its output and exit status."""
    return subprocess.run(
        [str(part) for part in command],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        env=environment() | _OFFLINE,
        timeout=300,
    )


def node_tool(name: str) -> Path:
    return TOOLS / "node_modules" / ".bin" / name


def said(done: subprocess.CompletedProcess[str]) -> str:
    return f"{' '.join(done.args)}{os.linesep}{done.stdout}{done.stderr}"
