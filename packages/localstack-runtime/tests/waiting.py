"""Waiting for expected results, and checks whether a process lives."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEADLINE_S = 20
POLL_S = 0.01


def eventually[T](ask: Callable[[], T | None], deadline_s: float = DEADLINE_S) -> T:
    """The first true answer. Fails if there is none in time."""
    deadline = time.monotonic() + deadline_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(POLL_S)
    return answer


def alive(pid: int) -> bool:
    """Whether the process lives. A zombie that nobody has collected yet is dead."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
