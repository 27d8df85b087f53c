"""Requirements of this checkout on the machine, checked before they are needed.

Imports the standard library alone: `setup.py` runs before anything is installed.
"""

import os
import shutil
import subprocess
from pathlib import Path

GB = 1_000_000_000
DISK_GB = 4.0
"""A checkout after set-up and one run: environments, caches, archives of the functions."""

MEMORY_GB = 3.0
"""Memory of the stack while ten rides are played on it."""

SEPARATORS = {":": "a colon", "\n": "a line break"}
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
MEMORY_FILE = Path("/proc/meminfo")


class UnmetNeedError(Exception):
    """A requirement is not met. The message says what is missing, and what to do about it."""


def check_path(checkout: Path) -> None:
    """Lists of folders, such as PATH, are separated by colons and cannot quote one."""
    for character, name in SEPARATORS.items():
        if character in str(checkout):
            raise UnmetNeedError(f"the checkout's path has {name} in it, which no list of folders can hold: move it")


def check_room(checkout: Path, *, is_new: bool) -> None:
    free_gb = shutil.disk_usage(checkout).free / GB
    if is_new and free_gb < DISK_GB:
        raise UnmetNeedError(f"the checkout grows to {DISK_GB} GB, and {checkout} has {free_gb:.1f} GB left")


def check_python(python: str) -> None:
    """Debian keeps `ensurepip`, which every new environment needs, in a package of its own."""
    asked = subprocess.run([python, "-c", "import ensurepip, venv"], check=False, capture_output=True, text=True)
    if asked.returncode:
        said = asked.stderr.strip().splitlines()[-1:]
        raise UnmetNeedError(
            f"{python} cannot make environments ({' '.join(said)}). On Debian and Ubuntu, "
            "`sudo apt-get install python3.13-venv` adds what is missing."
        )


def memory_warning() -> str | None:
    """A sentence if memory is probably too small for the stack. It may suffice all the same, so this is no error."""
    available = _available_bytes()
    if available is None or available >= MEMORY_GB * GB:
        return None
    return (
        f"the stack takes up to {MEMORY_GB} GB of memory while rides are played, and {available / GB:.1f} GB are free"
    )


def _available_bytes() -> int | None:
    """Available memory: the lesser of the machine's and its container's. None if the system does not tell."""
    told = [_from_meminfo(), _from_cgroup()]
    return min((amount for amount in told if amount is not None), default=None)


def _from_meminfo() -> int | None:
    if not MEMORY_FILE.exists():
        return None
    lines = dict(line.partition(":")[::2] for line in MEMORY_FILE.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in lines else None


def _from_cgroup() -> int | None:
    limit = CGROUP_LIMIT.read_text().strip() if os.access(CGROUP_LIMIT, os.R_OK) else "max"
    return None if limit == "max" else int(limit)
