"""A process that has imported what many functions import and forks a process for each of them.

Run as `python fork_server.py PARENT_PID MODULE…`, with a socket of packets as its standard input and the layers on
`PYTHONPATH`. A packet is JSON, `{"handler", "cwd", "env"}`, and carries two descriptors: one for the function's output,
and one for its status. The status is text lines: the process's id once it leads a session of its own, and finally its
return code.

A forked process differs from one that was started alone in two ways: libraries read the server's environment when they
were imported, and of the `PYTHON…` variables only `PYTHONPATH` has an effect.
"""

import gc
import importlib
import json
import os
import selectors
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from bootstrap import die_with, serve  # type: ignore[import-not-found]  # lies beside this program

ORDER_BYTES = 1 << 20


def main() -> None:
    """Serve orders until the other end is closed; in a forked process, run the function."""
    parent_pid, modules = int(sys.argv[1]), sys.argv[2:]
    die_with(parent_pid)
    own_paths = {str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    for module in modules:
        with suppress(ImportError):  # the layers lack it
            importlib.import_module(module)
    sys.path[:] = [path for path in sys.path if path not in own_paths]
    gc.freeze()  # without this the collector writes to every page, and none stays shared
    control = socket.socket(fileno=os.dup(0))
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)  # the lowest that is free: standard input again
    if handler := _Server(control).run():
        serve(handler)


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._children: dict[int, tuple[int, int]] = {}

    def run(self) -> str | None:
        """The handler to serve, in a forked process; None in the server, when its socket is closed."""
        while True:
            for key, _ in self._selector.select():
                if key.fd != self._control.fileno():
                    self._report_end(key.fd)
                elif not (packet := socket.recv_fds(self._control, ORDER_BYTES, 2))[0]:
                    return None
                elif handler := self._obey(json.loads(packet[0]), *packet[1]):
                    return handler

    def _obey(self, order: dict[str, object], stdout: int, status: int) -> str | None:
        server = os.getpid()
        if pid := os.fork():
            os.close(stdout)
            end = os.pidfd_open(pid)
            self._selector.register(end, selectors.EVENT_READ)
            self._children[end] = pid, status
            return None
        self._forget_the_others()
        os.setsid()
        die_with(server)
        os.dup2(stdout, 1)
        os.dup2(stdout, 2)
        os.close(stdout)
        os.write(status, f"{os.getpid()}\n".encode())
        os.close(status)
        return _become(order)

    def _report_end(self, end: int) -> None:
        pid, status = self._children.pop(end)
        self._selector.unregister(end)
        os.close(end)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with suppress(BrokenPipeError):
            os.write(status, f"{code}\n".encode())
        os.close(status)

    def _forget_the_others(self) -> None:
        self._selector.close()
        self._control.close()
        for end, (_, status) in self._children.items():
            os.close(end)
            os.close(status)
        self._children.clear()


def _become(order: dict[str, object]) -> str:
    """Give this process the folder, variables and search path of the function that is to run in it."""
    handler, cwd, env = order["handler"], order["cwd"], order["env"]
    assert isinstance(handler, str)
    assert isinstance(cwd, str)
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    sys.path[:0] = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    return handler


if __name__ == "__main__":
    main()
