"""File locks, which the kernel releases when their holder dies: no crash leaves a lock behind."""

import fcntl
import os
import time
from pathlib import Path

POLL_S = 0.05


class LockedError(Exception):
    """Somebody else holds the lock."""


class Lock:
    """An exclusive lock on a file, whose text is the holder's process id."""

    def __init__(self, file: Path, deadline_s: float = 0) -> None:
        """Raises LockedError when the lock is still held after the deadline."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + deadline_s
        while not self._take():
            if time.monotonic() >= deadline:
                os.close(self._descriptor)
                raise LockedError(str(file))
            time.sleep(POLL_S)
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def _take(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        os.close(self._descriptor)


def holder(file: Path) -> int | None:
    """The process that holds the lock, or None. A process id in the file of a lock that nobody holds does not count."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 32).decode()
        return int(text) if text.isdigit() else None
    finally:
        os.close(descriptor)
    return None
