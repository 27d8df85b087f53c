"""A copy of the checkout in which faults are planted: the checkout itself is never changed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.mutants.fault import Fault, place_of

SHARED = (
    ".venv",
    "node_modules",
    "console/node_modules",
    "console/dist",
    *(f".rideflow/{each}" for each in ("bin", "cache", "chromium", "setup", "setup.lock", "venvs")),
)
"""Shared with the checkout by links: they are large, and no fault is in them. A copy has a stack of its own, since one
may be up in the checkout."""

TIMEOUT_S = 900
"""A fault may make a loop endless, so tests that do not end count as noticing it. A minute is usual."""

Outcome = Literal["killed", "survived", "broken"]
"""`broken`: the tests could not run at all, so the run shows nothing about them."""

_TESTS_FAILED, _PASSED = 1, 0


@dataclass(frozen=True)
class Ran:
    """The end of a run of tests; `killer` is the first test that failed, or else the run's message."""

    outcome: Outcome
    killer: str


class Workspace:
    """One copy, for one fault at a time."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._folder = folder
        for name in _files_of(root):
            source = root / name
            if source.is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        for name in SHARED:
            if (root / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to((root / name).resolve())

    def try_out(self, fault: Fault) -> Ran:
        """Plant the fault and run its tests."""
        with self._planted(fault):
            return self.run(fault.tests, timeout_s=TIMEOUT_S)

    def run(self, tests: Sequence[str], *options: str, timeout_s: float | None = None) -> Ran:
        """Run these tests up to the first that fails."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not long", "-p", "no:cacheprovider"]
        with subprocess.Popen(
            [*command, *options, *tests], cwd=self._folder, env=self._environment(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                said, _ = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # the servers and processes of the tests, too
                return Ran("killed", "the tests did not end")
        if process.returncode == _TESTS_FAILED:
            return Ran("killed", _first_failure(said))
        if process.returncode == _PASSED:
            return Ran("survived", "")
        return Ran("broken", said.strip()[-2000:])

    @contextmanager
    def _planted(self, fault: Fault) -> Iterator[None]:
        place = place_of(fault, self._folder)
        before = place.path.stat()
        place.path.write_text(place.with_fault(fault))
        try:
            yield
        finally:
            place.path.write_text(place.text)
            os.utime(place.path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def _environment(self) -> dict[str, str]:
        """The copy's own modules come before those of the checkout, which the environment knows too."""
        paths = [*self._folder.glob("packages/*/src"), self._folder / "layers/rideflow/python", self._folder]
        return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}


def _files_of(root: Path) -> list[str]:
    """Files that git tracks, and untracked ones that it does not ignore: uncommitted changes are copied too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in listed.stdout.split("\0") if name]


def _first_failure(said: str) -> str:
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    return found.group(1) if found else "a test"
