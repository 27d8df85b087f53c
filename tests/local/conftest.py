"""A checkout's stack as commands find it: its folder, and its record while it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import paths
from local.locks import Lock
from local.paths import StackFolder
from tests.local.recorded import OUTPUTS, RECORD


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackFolder:
    """The stack's folder of a checkout without a running stack."""
    folder = StackFolder(tmp_path)
    monkeypatch.setattr(paths, "STACK", folder)
    folder.function_logs.mkdir(parents=True)
    return folder


@pytest.fixture
def running(folder: StackFolder) -> Iterator[StackFolder]:
    RECORD.deployed(OUTPUTS).save(folder.record)
    lock = Lock(folder.supervisor_lock)
    yield folder
    lock.release()
