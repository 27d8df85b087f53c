"""No server may outlive the process that started it, however that process ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from local.locks import Lock
from local.paths import ROOT
from local.processes import ProcessError, Server, ServerProcess, free_ports
from tests.eventually import DEADLINE_S, alive, children, eventually

# A server with a child in a session of its own, which is as far as a process can get away from its parent.
SERVER_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN_SERVER = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)

STARTS_A_SERVER = """
import sys, time
from pathlib import Path
from local.processes import Server, ServerProcess
log, lock, server = map(Path, sys.argv[1:4])
process = ServerProcess(Server("server", [sys.executable, str(server)], log, lock=lock))
print(process.keeper_pid, flush=True)
time.sleep(600)
"""

STARTS_POSTGRES = """
import sys, time
from pathlib import Path
from local.postgres import start_postgres
server = start_postgres(Path(sys.argv[1]), Path(sys.argv[2]), durable=False)
print(server.url(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def test_a_killed_starter_takes_server_and_orphans_with_it(tmp_path: Path, log: Path) -> None:
    server = _script(tmp_path, "server.py", SERVER_WITH_CHILD)
    lock = tmp_path / "lock"
    with _starter(STARTS_A_SERVER, str(log), str(lock), str(server)) as starter:
        keeper = int(_line(starter))
        child = int(eventually(lambda: log.read_text().strip()))
        os.kill(starter.pid, signal.SIGKILL)
        eventually(lambda: not alive(keeper))
    assert not alive(child)
    Lock(lock).release()


def test_a_killed_keeper_takes_its_server_with_it(tmp_path: Path, log: Path) -> None:
    process = ServerProcess(Server("server", [sys.executable, "-c", SERVER_WITH_CHILD], log))
    eventually(lambda: log.read_text().strip())
    server = children(process.keeper_pid)[0]
    os.kill(process.keeper_pid, signal.SIGKILL)
    eventually(lambda: not alive(server))
    process.stop()
    os.kill(int(log.read_text()), signal.SIGKILL)

    assert not alive(process.keeper_pid)


def test_stopping_leaves_no_descendant(log: Path) -> None:
    process = ServerProcess(Server("server", [sys.executable, "-c", SERVER_WITH_CHILD], log))
    child = int(eventually(lambda: log.read_text().strip()))
    process.stop()
    assert not process.running
    assert not alive(child)


def test_a_server_that_is_deaf_to_the_stop_signal_is_killed(log: Path) -> None:
    process = ServerProcess(Server("server", [sys.executable, "-c", STUBBORN_SERVER], log, grace_s=0.2))
    eventually(lambda: log.read_text().strip())
    process.stop()
    assert not process.running


def test_the_files_of_a_server_are_deleted_with_it(tmp_path: Path, log: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    process = ServerProcess(Server("server", [sys.executable, "-c", SERVER_WITH_CHILD], log, discard=data))
    assert data.exists()
    process.stop()
    assert not data.exists()


def test_a_server_that_ends_while_it_is_waited_for_is_reported_with_its_last_words(log: Path) -> None:
    process = ServerProcess(Server("server", [sys.executable, "-c", "print('no room'); raise SystemExit(3)"], log))
    with pytest.raises(ProcessError, match=r"server ended with status 3:\nno room"):
        process.wait_until(lambda: False, DEADLINE_S)


def test_a_command_that_does_not_exist_is_reported(log: Path) -> None:
    process = ServerProcess(Server("server", ["no-such-command"], log))
    with pytest.raises(ProcessError, match="no-such-command: "):
        process.wait_until(lambda: False, DEADLINE_S)


def test_postgres_ends_with_a_killed_starter_while_somebody_is_connected(tmp_path: Path, log: Path) -> None:
    data = tmp_path / "data"
    with _starter(STARTS_POSTGRES, str(data), str(log)) as starter:
        url = _line(starter)
        with psycopg.connect(url) as connection:
            backend = connection.info.backend_pid
            os.kill(starter.pid, signal.SIGKILL)
            eventually(lambda: not alive(backend))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url).close()


def test_postgres_starts_again_on_the_data_of_a_killed_machine(tmp_path: Path, log: Path) -> None:
    from local.postgres import start_postgres

    data = tmp_path / "data"
    data.mkdir()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    (data / "PG_VERSION").write_text("9\n")
    server = start_postgres(data, log, durable=False)
    server.stop()
    assert not server.process.running


def test_free_ports_are_distinct_and_free_together_with_their_partner() -> None:
    ports = free_ports(20, also=10_000)
    assert len(set(ports)) == 20


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = set(children(os.getpid()))
    yield
    assert set(children(os.getpid())) <= before


@contextmanager
def _starter(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        try:
            yield starter
        finally:
            starter.kill()


def _script(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
