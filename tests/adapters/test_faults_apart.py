"""The tests of the fault harness, in a process of their own: a run takes the product's modules for itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OF_THE_SESSION = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")


def ran_apart(marked: str) -> tuple[int, str]:
    """Run the harness's tests with this mark; returns pytest's exit status, and the end of what it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_THE_SESSION}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", marked, "tests/adapters/faults"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_rides_under_failures_pass() -> None:
    status, told = ran_apart("not long")

    assert (status, " passed" in told) == (0, True), told


@pytest.mark.long
def test_long_runs_of_rides_under_failures_pass() -> None:
    status, told = ran_apart("long")

    assert (status, " passed" in told) == (0, True), told
