"""Two ordinary users of one machine, each with a checkout of their own, run the stack at the same time.

One checkout's path has characters that are special in shells, formats and Node's options, and the users' homes are
read-only. Needs root, to make the two users and remove them again.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from local.paths import ROOT
from tests.eventually import eventually

ODD = "Ride Flow's café 100% $HOME #1"
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
UP_WITHIN_S = 1800
DOWN_WITHIN_S = 120
# The machine's settings of registries are passed on, its settings of caches are not.
REGISTRIES = ("PIP_", "UV_", "NPM_CONFIG_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True)
class Newcomer:
    """A user of the machine with a home that is read-only, and a checkout."""

    name: str
    checkout: Path
    python: Path

    @property
    def uid(self) -> int:
        return pwd.getpwnam(self.name).pw_uid

    @property
    def home(self) -> Path:
        return self.checkout.parent / f"home of {self.name}"

    @property
    def said(self) -> Path:
        return self.checkout.parent / f"{self.name}.log"

    def start(self) -> subprocess.Popen[bytes]:
        registries = {
            name: value
            for name, value in os.environ.items()
            if name.upper().startswith(REGISTRIES) and "CACHE" not in name.upper()
        }
        environment = registries | {"HOME": str(self.home), "RIDEFLOW_PYTHON": str(self.python), "LANG": "C.UTF-8"}
        environment |= {"LD_LIBRARY_PATH": str(self.python.parent.parent / "lib")}  # for a copied Python
        with self.said.open("wb") as log:
            return subprocess.Popen(
                ["make", "run", "RIDES=1"],
                cwd=self.checkout,
                env=environment | {"PATH": "/usr/local/bin:/usr/bin:/bin"},
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self.uid,
                group=pwd.getpwnam(self.name).pw_gid,
                extra_groups=[],
                start_new_session=True,
            )

    def files_elsewhere(self) -> list[str]:
        """The user's files outside the checkout, except for the copy of PostgreSQL that such a path needs."""
        places = [str(self.home), *SHARED_FOLDERS]
        command = ["find", *places, "-path", str(self.checkout), "-prune", "-o", "-uid", str(self.uid), "-print"]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        return [path for path in found if not path.startswith(str(self.copy or "/nowhere"))]

    @property
    def copy(self) -> Path | None:
        """PostgreSQL's binaries, if the checkout's path cannot be used."""
        note = self.checkout / ".rideflow" / "postgresql-copy.json"
        return Path(json.loads(note.read_text())["copy"]) if note.exists() else None


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("useradd"), reason="only root can make users, with useradd")
def test_two_users_of_a_machine_run_the_stack_at_once_from_odd_paths_and_with_homes_that_are_read_only() -> None:
    with newcomers("flow", ODD) as people, ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(play_a_ride, people))
        assert {person.name: person.files_elsewhere() for person in people} == {person.name: [] for person in people}


def play_a_ride(person: Newcomer) -> None:
    running = person.start()
    try:
        eventually(lambda: running.poll() is not None or "stays up until" in person.said.read_text(), UP_WITHIN_S)
        said = person.said.read_text()
        assert running.poll() is None, said
        assert ["paid", "1"] in [line.split() for line in said.splitlines()], said
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGINT)
        running.wait(DOWN_WITHIN_S)


@contextmanager
def newcomers(*folders: str) -> Iterator[list[Newcomer]]:
    place = Path(tempfile.mkdtemp(prefix="rideflow-users-"))
    place.chmod(0o755)
    names = [f"rf-{uuid4().hex[:8]}" for _ in folders]
    try:
        python = python_for_all(place)
        people = [newcomer(name, place / name / folder, python) for name, folder in zip(names, folders, strict=True)]
        yield people
        for copy in filter(None, (person.copy for person in people)):
            shutil.rmtree(copy)
    finally:
        for name in names:
            subprocess.run(["userdel", name], check=False, capture_output=True)
        eventually(lambda: not shutil.rmtree(place, ignore_errors=True) and not place.exists(), DOWN_WITHIN_S)


def python_for_all(place: Path) -> Path:
    """This Python, or a copy of it if it lies in a folder that is closed to others."""
    python = Path(sys.base_prefix) / "bin" / "python3.13"
    nobody = pwd.getpwnam("nobody").pw_uid
    try:
        subprocess.run([str(python), "--version"], user=nobody, extra_groups=[], cwd="/", check=True)
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(sys.base_prefix, place / "python", symlinks=True, ignore=shutil.ignore_patterns("test", "*.a"))
        return place / "python" / "bin" / "python3.13"
    return python


def newcomer(name: str, checkout: Path, python: Path) -> Newcomer:
    subprocess.run(["useradd", "--no-create-home", "--shell", "/bin/sh", name], check=True)
    person = Newcomer(name, checkout, python)
    person.home.mkdir(mode=0o555, parents=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for file in filter(None, files):
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, checkout / file)
    subprocess.run(["chown", "-R", name, str(checkout)], check=True)
    return person
