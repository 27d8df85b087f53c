"""Debian's PostgreSQL: the wheel's is built without TLS."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.debian import searching, unpack
from local.locks import Lock
from local.paths import TOOLS
from local.postgres import Build

MAJORS = (18, 17, 16, 15)
LIBRARIES = ["libpq5", "libldap-2.5-0", "libsasl2-2", "libxml2", "libicu72", "liblz4-1", "libzstd1"]
"""What a server links beside a machine's basic libraries; only those that the release has are fetched."""
FETCHED_WITHIN_S = 300


class PostgresMissingError(Exception):
    """No PostgreSQL with TLS was found, and none could be fetched."""


def debian_postgres() -> Build:
    """The machine's own, else one that was fetched earlier, else one fetched now into this checkout."""
    for folder in (Path(f"/usr/lib/postgresql/{major}/bin") for major in MAJORS):
        if _runs(build := Build(folder, {})):
            return build
    lock = Lock(TOOLS / "postgres.lock", FETCHED_WITHIN_S)
    try:
        return _fetched() or _fetch()
    finally:
        lock.release()


def _fetched() -> Build | None:
    record = TOOLS / "postgres.json"
    if not record.exists():
        return None
    folder = TOOLS / json.loads(record.read_text())["folder"]
    return next((build for build in _builds(folder) if _runs(build)), None)


def _fetch() -> Build:
    TOOLS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=TOOLS))
    folder.chmod(0o755)  # the server runs as another user
    failures: list[str] = []
    for major in MAJORS:
        try:
            unpack([f"postgresql-{major}"], folder)
        except (OSError, subprocess.CalledProcessError) as error:
            failures.append(f"{major}: {error}")
            continue
        break
    for library in LIBRARIES:
        try:
            unpack([library], folder)
        except (OSError, subprocess.CalledProcessError) as error:
            failures.append(f"{library}: {error}")
    (TOOLS / "postgres.json").write_text(json.dumps({"folder": folder.name}))
    if found := next((build for build in _builds(folder) if _runs(build)), None):
        return found
    raise PostgresMissingError("No PostgreSQL with TLS: " + "; ".join(failures))


def _builds(folder: Path) -> Iterator[Build]:
    library = next(folder.glob("usr/lib/*/libpq.so.5"), None)
    for binaries in folder.glob("usr/lib/postgresql/*/bin"):
        yield Build(binaries, searching(None if library is None else library.parent))


def _runs(build: Build) -> bool:
    try:
        command = [str(build.binaries / "postgres"), "--version"]
        return subprocess.run(command, check=False, capture_output=True, env=build.environment or None).returncode == 0
    except OSError:
        return False
