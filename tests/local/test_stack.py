"""The local cloud, with a small app on it: started, crashed, started again and stopped."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from local.deploy import introduce_stripe, webhooks
from local.locks import holder
from local.paths import ROOT, StackFolder
from local.record import StackRecord, load
from local.supervisor import stop_running
from tests.cluster_client import cluster_client
from tests.eventually import DEADLINE_S, alive, descendants, eventually

ODD = "Ride Flow's café 100% $HOME #1"
PROGRAM = Path(__file__).with_name("supervise_small_app.py")


@pytest.mark.e2e
def test_a_stack_dies_with_its_supervisor_and_starts_again_after_the_crash(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / ODD)
    with _supervisor(folder) as supervisor:
        record = load(folder.record)
        started = descendants(supervisor.pid)
        function = int(_get(record.rest_url + "/"))
        assert function in descendants(supervisor.pid)
        _expect_stores(record)
        introduce_stripe(record)
        assert webhooks(record) == [f"{record.rest_url}/v1/webhooks/stripe"], "introduced at the start, and only once"
        os.kill(supervisor.pid, signal.SIGKILL)
        eventually(lambda: not any(alive(pid) for pid in [*started, function]))
    assert folder.record.exists()
    assert holder(folder.supervisor_lock) is None

    with _supervisor(folder) as supervisor:
        assert int(_get(load(folder.record).rest_url + "/")) != function
        started = descendants(supervisor.pid)
        assert stop_running(folder)
        assert supervisor.wait(DEADLINE_S) == 0
        assert not any(alive(pid) for pid in started)
    assert not folder.record.exists()
    eventually(lambda: {path.name for path in folder.state.iterdir() if path.is_dir()} == {"cdk.out", "logs", "tmp"})


def test_stopping_without_a_running_stack_says_so(tmp_path: Path) -> None:
    assert not stop_running(StackFolder(tmp_path))


def _expect_stores(record: StackRecord) -> None:
    with psycopg.connect(record.database_url) as connection:
        assert connection.execute("select current_database()").fetchone() == ("rideflow",)
    with cluster_client(record.redis_url) as client:
        assert client.ping()


@contextmanager
def _supervisor(folder: StackFolder) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(PROGRAM), str(folder.state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as supervisor:
        try:
            assert supervisor.stdout is not None
            assert supervisor.stdout.readline() == "ready\n"
            yield supervisor
        finally:
            supervisor.kill()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())
