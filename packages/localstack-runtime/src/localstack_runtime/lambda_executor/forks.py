"""Functions' processes that are forked from one that has their libraries imported already.

Importing pydantic, Powertools, psycopg and boto3 costs each of a hundred functions about a second of CPU; a fork costs
a few milliseconds. A fork loads the function's modules, opens its connections and reads its variables as any other
process does.
"""

import array
import errno
import json
import os
import select
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import IO, NamedTuple

from .process import Child, spawner

PROGRAM = Path(__file__).with_name("fork_server.py")
KILLED = -9

_SERVER_HAS_ENDED = {errno.EPIPE, errno.ECONNRESET, errno.EBADF, None}
"""Other errors concern one order (too big, no descriptor left): the server and its children live on."""


class ForkedChild:
    """A child of the fork server: its status is read from the pipe that came with it."""

    def __init__(self, stdout: IO[bytes], status: IO[bytes]) -> None:
        """Raises `ConnectionError` when the server ended before it forked."""
        self.stdout = stdout
        self._status = status
        told = status.readline()
        if not told:
            stdout.close()
            status.close()
            raise ConnectionError("the process that forks functions has ended")
        self.pid = int(told)
        self._handle = _handle_of(self.pid)  # signals the end at once, while the server takes a moment
        self._code: int | None = None
        self._waiting, self._changing = Lock(), Lock()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        with self._changing:
            if self._code is not None:
                return False
            end = select.poll()
            for descriptor in (self._status, self._handle):
                if descriptor is not None:
                    end.register(descriptor, select.POLLIN)
            return not end.poll(0)

    def wait(self) -> int:
        """Wait for the end and return the return code. The server's end is the end of its children."""
        with self._waiting:
            if self._code is None:
                told = self._status.readline()
                with self._changing:
                    self._code = int(told or KILLED)
                    self._status.close()
                    if self._handle is not None:
                        os.close(self._handle)
            return self._code


def _handle_of(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:  # it has ended already
        return None


class _Server(NamedTuple):
    process: subprocess.Popen[bytes]
    control: socket.socket

    def order(self, order: bytes) -> ForkedChild:
        stdout, child_stdout = os.pipe()
        status, child_status = os.pipe()
        readable = [os.fdopen(end, "rb", buffering=0) for end in (stdout, status)]
        try:
            rights = array.array("i", [child_stdout, child_status])
            self.control.sendmsg([order], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except OSError:
            for each in readable:
                each.close()
            raise
        finally:
            os.close(child_stdout)
            os.close(child_status)
        return ForkedChild(*readable)


class ForkServer:
    """Forks processes with `modules` imported. The server process starts when first needed, and again after it died."""

    def __init__(self, python: str, modules: Sequence[str], variables: Mapping[str, str]) -> None:
        self._command = [python, str(PROGRAM), str(os.getpid()), *modules]
        self._variables = variables
        self._server: _Server | None = None
        self._lock = Lock()

    def fork(self, handler: str, cwd: str, env: Mapping[str, str]) -> Child:
        """A process that serves the handler; raises `OSError` if it cannot be ordered or two servers died at once."""
        order = json.dumps({"handler": handler, "cwd": cwd, "env": dict(env)}).encode()
        server = self._running()
        try:
            return server.order(order)
        except OSError as error:
            if error.errno not in _SERVER_HAS_ENDED:
                raise
            self._end(server)
        return self._running().order(order)

    def close(self) -> None:
        """End the server and all its children."""
        if self._server:
            self._end(self._server)

    def _running(self) -> _Server:
        with self._lock:
            if self._server is None:
                self._server = self._start()
            return self._server

    def _start(self) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            start = spawner().spawn
            process = start(self._command, cwd="/", env=self._variables, stdin=theirs, stdout=subprocess.DEVNULL)
        return _Server(process, ours)

    def _end(self, server: _Server) -> None:
        with self._lock:
            if self._server is not server:  # another thread has already replaced it
                return
            self._server = None
        server.control.close()
        server.process.wait()
