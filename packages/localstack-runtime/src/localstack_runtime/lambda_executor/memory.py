"""Lambda's memory limit: a function that holds more resident memory than it was given is killed."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

INTERVAL_S = 0.1


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 when it is gone."""
    if Path("/proc/self/statm").exists():
        try:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (FileNotFoundError, ProcessLookupError):
            return 0
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(listed.stdout.strip() or 0) * 1024


class MemoryWatch:
    """Checks the working processes and reports those over their limit.

    It measures resident memory and sets no address-space limit: interpreters and allocators reserve far more than they
    use, and Lambda counts used memory.
    """

    def __init__(self, measure: Callable[[int], int] = resident_bytes) -> None:
        self._measure = measure
        self._watched: dict[int, tuple[int, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="function-memory", daemon=True).start()

    def add(self, pid: int, limit_bytes: int, on_excess: Callable[[], None]) -> None:
        """Watch a process; `on_excess` is called at most once."""
        with self._changed:
            self._watched[pid] = (limit_bytes, on_excess)
            self._changed.notify()

    def remove(self, pid: int) -> None:
        """Stop watching a process."""
        with self._changed:
            self._watched.pop(pid, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watched)
                watched = list(self._watched.items())
            for pid, (limit_bytes, on_excess) in watched:
                if self._measure(pid) > limit_bytes:
                    self.remove(pid)
                    on_excess()
            threading.Event().wait(INTERVAL_S)
