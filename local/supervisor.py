"""Runs the stack until it is told to stop: in the foreground, or as a process that `rideflow up` leaves behind.

`python -m local.supervisor` reports on standard output, one JSON object a line: the steps as they happen, then
`{"ready": true}` or `{"failed": "…"}`. After that nobody reads its output.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from local.cdk import CdkError
from local.console.files import ConsoleError
from local.locks import Lock, LockedError, holder
from local.paths import APP, ROOT, STACK, StackFolder
from local.processes import ProcessError
from local.record import StackRecord
from local.redis_binary import RedisMissingError
from local.releases.functions import ReleaseError
from local.stack import Stack, StackError
from local.steps import Report, State, Step

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_DEADLINE_S = 60
HEALTH_POLL_S = 0.5
# Errors that a person can act on; any other error is a bug of ours and shows its traceback.
EXPECTED = (StackError, ProcessError, CdkError, RedisMissingError, ReleaseError, ConsoleError)


class SupervisorError(Exception):
    """The stack did not come up, or ended by itself; the message says why."""


def supervise(
    folder: StackFolder,
    report: Report,
    ready: Callable[[StackRecord, threading.Event], None],
    app: Path = APP,
    leave: Callable[[], None] = lambda: None,
) -> None:
    """Start the stack, call `ready`, and keep it until a signal asks to stop. Raises when a server ends by itself.

    `ready` is given the event that a signal sets. A signal while the stack starts calls `leave` and ends the process.
    """
    stack = Stack(folder, report, app)
    stop = threading.Event()
    for number in STOPPING:
        signal.signal(number, lambda signalled, _: _leave(stack, signalled, leave))
    record = stack.start()
    for number in STOPPING:
        signal.signal(number, lambda *_: stop.set())
    try:
        ready(record, stop)
        while not stop.wait(HEALTH_POLL_S):
            if name := stack.ended():
                raise SupervisorError(f"{name} ended by itself:\n{stack.processes[name].tail()}")
    finally:
        stack.stop()


def _leave(stack: Stack, signalled: int, leave: Callable[[], None]) -> None:
    """End the process during a start. The quickest clean stop is a crash: the keepers end the servers."""
    try:
        stack.forget()
        leave()
    finally:
        os._exit(128 + signalled)


def start_detached(folder: StackFolder, report: Report) -> None:
    """Start a supervisor that outlives this process; returns when the stack is ready. Raises SupervisorError."""
    folder.prepare()
    with folder.log("supervisor").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "local.supervisor"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        _follow(supervisor, report)
    except BaseException:
        supervisor.terminate()
        supervisor.wait(STOP_DEADLINE_S)
        raise


def _follow(supervisor: subprocess.Popen[str], report: Report) -> None:
    assert supervisor.stdout is not None
    for line in supervisor.stdout:
        said = json.loads(line)
        if "ready" in said:
            return
        if "failed" in said:
            raise SupervisorError(said["failed"])
        report(Step(**said | {"state": State(said["state"])}))
    raise SupervisorError(f"the stack ended while it started; see {STACK.log('supervisor').relative_to(ROOT)}")


def stop_running(folder: StackFolder) -> bool:
    """Ask the running supervisor to stop, and wait until everything has ended. False if none was running."""
    pid = holder(folder.supervisor_lock)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    try:
        for lock in (folder.supervisor_lock, folder.children_lock):
            Lock(lock, STOP_DEADLINE_S).release()
    except LockedError:
        raise SupervisorError(f"the stack (process {pid}) did not stop within {STOP_DEADLINE_S} s") from None
    return pid is not None


def main() -> int:
    lock = threading.Lock()

    def say(message: dict[str, object]) -> None:
        with lock, contextlib.suppress(BrokenPipeError):
            print(json.dumps(message), flush=True)

    try:
        supervise(STACK, lambda step: say(asdict(step)), lambda *_: say({"ready": True}))
    except (*EXPECTED, SupervisorError) as error:
        say({"failed": str(error)})
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
