"""The local cloud's processes: which function runs in which, when one gets to work, and the processes of the stores."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from local.stack import Stack
from tests.eventually import alive, children

_STARTED = re.compile(r"(rideflow-local-\S+) runs as process (\d+)$", re.MULTILINE)
_IDLE_NS = 20_000_000
"""A process that did not run for so long waits for an event. One that waits for a store as long is taken for idle, too:
its next work counts as a turn of its own."""


class FunctionProcesses:
    """The processes that run a function each, as LocalStack's log names them. Read from one thread."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("rb")
        self._pids: dict[str, dict[int, Turns]] = defaultdict(dict)

    def close(self) -> None:
        self._log.close()
        for processes in self._pids.values():
            for turns in processes.values():
                turns.close()

    def look(self) -> None:
        """Learn of the processes that were started since the last look."""
        for function, pid in _STARTED.findall(self._log.read().decode(errors="replace")):
            with suppress(FileNotFoundError, ProcessLookupError):
                self._pids[function][int(pid)] = Turns(int(pid))

    def at_work(self, function: str, now_ns: int) -> Iterator[int]:
        """The function's processes that have just got to work."""
        for pid, turns in list(self._pids[function].items()):
            try:
                begins = turns.begins(now_ns)
            except (FileNotFoundError, ProcessLookupError):
                turns.close()
                del self._pids[function][pid]
            else:
                if begins:
                    yield pid


class Turns:
    """A process's turns of work, by the processor time that the kernel counts for it."""

    def __init__(self, pid: int) -> None:
        self._file = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)
        self._ran, self._idle_since_ns = b"", 0

    def close(self) -> None:
        os.close(self._file)

    def begins(self, now_ns: int) -> bool:
        """Whether it works now, and did not before. Raises `ProcessLookupError` if it has ended."""
        ran = os.pread(self._file, 64, 0).partition(b" ")[0]
        if not ran:
            raise ProcessLookupError
        if ran == self._ran:
            return False
        was_idle, self._ran = now_ns - self._idle_since_ns > _IDLE_NS, ran
        self._idle_since_ns = now_ns
        return was_idle


def server_of(stack: Stack, name: str) -> int:
    """The process of a server: its keeper's child that is not gone."""
    (pid,) = [child for child in children(stack.processes[name].keeper_pid) if alive(child)][:1]
    return pid


def forking_server(stack: Stack) -> int | None:
    """The process that all functions are forked from and die with; None if there is none at the moment."""
    found = (pid for pid in children(server_of(stack, "localstack")) if "fork_server.py" in _command(pid))
    return next(found, None)


def _command(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""
