"""The tools that judge the contracts are installed by the first test that asks for them, if nothing else did so."""

import subprocess

import pytest

from local.paths import ROOT, VENV


@pytest.fixture(scope="session")
def tools() -> None:
    """Other people's tools, as `make test` installs them; cheap if they are installed already."""
    made = subprocess.run(
        [VENV / "bin" / "python", ROOT / "local" / "setup.py", "--contract-tools"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
