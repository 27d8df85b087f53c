"""Debian's packages, unpacked without root: servers that no Python package carries."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def unpack(packages: Sequence[str], target: Path) -> None:
    """Fetch the packages and unpack them into the folder. Raises `OSError`, `subprocess.CalledProcessError`."""
    subprocess.run(["apt-get", "download", *packages], check=True, capture_output=True, text=True, cwd=target)
    for package in target.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package.name, "."], check=True, capture_output=True, text=True, cwd=target)
        package.unlink()


def searching(libraries: Path | None) -> dict[str, str]:
    """Add the folder to the library path. The present path stays, since the keeper's Python may need it."""
    if libraries is None:
        return {}
    searched = [str(libraries), os.environ.get("LD_LIBRARY_PATH", "")]
    return {"LD_LIBRARY_PATH": os.pathsep.join(filter(None, searched))}
