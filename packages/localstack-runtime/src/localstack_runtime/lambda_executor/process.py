"""One operating-system process of a function: started so that it cannot outlive us, its output collected."""

import os
import queue
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

CHUNK = 65536
KEPT_OUTPUT_BYTES = 1_000_000


class Child(Protocol):
    """A process that leads a session of its own, with its output to be read from `stdout`."""

    @property
    def pid(self) -> int:
        """The operating system's name for the process; also that of its group."""

    @property
    def stdout(self) -> IO[bytes]:
        """The process's output, standard error included."""

    @property
    def alive(self) -> bool:
        """Whether the process still runs. A dead one that nobody has waited for yet does not."""

    def wait(self) -> int:
        """Wait for its end; the return code, minus the signal's number where one ended it."""


class SpawnedChild:
    """A child of this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.pid, self.stdout, self.wait = process.pid, process.stdout, process.wait

    @property
    def alive(self) -> bool:
        """Whether the process still runs. `Popen.poll` answers that it does while a thread waits for it."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False


class Spawner:
    """Starts processes from one thread that never ends.

    Linux sends a child its parent-death signal when the *thread* that created it ends, and the threads that serve
    requests do end.
    """

    def __init__(self) -> None:
        self._orders: queue.Queue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]]
        self._orders = queue.Queue()
        threading.Thread(target=self._run, name="function-spawner", daemon=True).start()

    def spawn(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """A process in a session of its own; `options` are those of `Popen`."""
        spawned: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((lambda: subprocess.Popen(command, start_new_session=True, **options), spawned))
        return spawned.result()

    def _run(self) -> None:
        while True:
            start, spawned = self._orders.get()
            try:
                spawned.set_result(start())
            except OSError as error:
                spawned.set_exception(error)


@cache
def spawner() -> Spawner:
    """The spawner of this process."""
    return Spawner()


def spawn(command: Sequence[str], cwd: str, env: Mapping[str, str]) -> Child:
    """Start a function's process by its own command."""
    return SpawnedChild(
        spawner().spawn(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
    )


class Output:
    """The output of a process. If a file is given, it receives whole lines as they come."""

    def __init__(self, stream: IO[bytes], log_file: Path | None) -> None:
        os.set_blocking(stream.fileno(), False)
        self._stream = stream
        self._lock = threading.Lock()
        self._recent = bytearray()
        self._unfinished_line = b""
        self._file = log_file

    def drain(self) -> None:
        """Read the available output, without waiting for more."""
        with self._lock:
            while chunk := self._read():
                self._recent += chunk
                lines, newline, self._unfinished_line = (self._unfinished_line + chunk).rpartition(b"\n")
                self._write(lines + newline)
            del self._recent[:-KEPT_OUTPUT_BYTES]

    def take(self) -> str:
        """Everything printed since the last call."""
        self.drain()
        with self._lock:
            text = self._recent.decode(errors="replace")
            self._recent.clear()
        return text

    def note(self, line: str) -> None:
        """Add a line of our own to the file, after what was printed so far. An empty one ends an unfinished line."""
        with self._lock:
            broken, self._unfinished_line = self._unfinished_line, b""
            self._write(b"".join(each + b"\n" for each in (broken, line.encode()) if each))

    def close(self) -> None:
        """Read the rest of the output."""
        self.drain()
        with self._lock:
            self._stream.close()

    def _read(self) -> bytes:
        return b"" if self._stream.closed else self._stream.read(CHUNK) or b""

    def _write(self, lines: bytes) -> None:
        # Opened for each write: many environments share the file, and it may be moved away at any time.
        if self._file and lines:
            with self._file.open("ab", buffering=0) as file:
                file.write(lines)


class FunctionProcess:
    """A running function. `on_exit` is called with the return code, once, however the process ends."""

    def __init__(self, process: Child, log_file: Path | None, on_exit: Callable[[int], None]) -> None:
        self._process = process
        self._on_exit = on_exit
        self.output = Output(process.stdout, log_file)
        for target in (self._pump, self._wait):
            threading.Thread(target=target, name=f"function-{process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The operating system's name for the process; also that of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs. A dead one that nobody has waited for yet does not."""
        return self._process.alive

    def kill(self) -> None:
        """End the process and all that it started, at once; returns when it is gone."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def _pump(self) -> None:
        poller = select.poll()
        poller.register(self._process.stdout, select.POLLIN)
        # Only a hang-up without data is the end: until then there may be more to read.
        while any(events & select.POLLIN for _, events in poller.poll()):
            self.output.drain()
        self.output.close()

    def _wait(self) -> None:
        code = self._process.wait()
        self.output.drain()
        self._on_exit(code)
