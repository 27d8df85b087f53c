"""Server processes that die with the process that started them, and the free ports they listen on."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
LOOPBACK = "127.0.0.1"
# Below Linux's range for ports of outgoing connections, so that no connection takes a port between our choosing it and
# listening on it. Low enough that a Redis node's second port, 10000 above, is below that range too.
PORTS = range(10_000, 22_000)
READY_POLL_S = 0.02
OWNER_ONLY = 0o077


class ProcessError(Exception):
    """A server did not start or ended early; the message carries the last lines of its log."""


@dataclass(frozen=True)
class Server:
    """A command to run, and how to end it. The shared `lock` is held, and `discard` exists, until all of it has ended.

    `environment` is added to this process's own; a variable of value None is removed. Only the user can read its files.
    """

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str | None] = field(default_factory=dict)
    user: str | None = None
    lock: Path | None = None
    discard: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 5.0


class ServerProcess:
    """A running server under its keeper (see `keeper.py`); it ends when `stop` is called or this process is gone."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.log.parent.mkdir(parents=True, exist_ok=True)
        with server.log.open("ab") as log:
            self._log_start = log.tell()
            self._keeper = subprocess.Popen(
                kept(server.command, *self._options()),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                umask=OWNER_ONLY,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        merged = {**os.environ, **self.server.environment}
        return {name: value for name, value in merged.items() if value is not None}

    def _options(self) -> list[str]:
        server = self.server
        options = {"user": server.user, "lock": server.lock, "discard": server.discard}
        options |= {"stop-signal": str(int(server.stop_signal)), "grace": str(server.grace_s)}
        return [f"--{name}={value}" for name, value in options.items() if value is not None]

    @property
    def keeper_pid(self) -> int:
        return self._keeper.pid

    @property
    def running(self) -> bool:
        return self._keeper.poll() is None

    def wait_until(self, ready: Callable[[], bool], deadline_s: float) -> None:
        """Poll the service until it is ready. Raises ProcessError if it ended or the time ran out."""
        deadline = time.monotonic() + deadline_s
        while not ready():
            if not self.running:
                self.begin_stop()
                raise ProcessError(f"{self.server.name} ended with status {self._keeper.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.server.name} was not ready within {deadline_s:g} s:\n{self.tail()}")
            time.sleep(READY_POLL_S)

    def tail(self, lines: int = 15) -> str:
        """The last lines that this run of the server logged."""
        with self.server.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def begin_stop(self) -> None:
        if self._keeper.stdin and not self._keeper.stdin.closed:
            self._keeper.stdin.close()

    def stop(self) -> None:
        """End the server and all it started; returns when they are gone. Calling it again is harmless."""
        self.begin_stop()
        self._keeper.wait(self.server.grace_s + 10)


def kept(command: list[str], *options: str) -> list[str]:
    """The command under a keeper; its standard input must be a pipe, and the end of that pipe ends it."""
    return [sys.executable, "-I", "-S", str(KEEPER), *options, "--", *command]


def free_ports(count: int, also: int = 0) -> list[int]:
    """Distinct ports that nobody listens on; with `also`, the port that much higher is free as well."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.choice(PORTS)  # noqa: S311
        if port not in ports and _is_free(port) and (not also or _is_free(port + also)):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def accepts_connections(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) == 0
