"""Runs one server of the stack and sees that nothing of it outlives the stack, however the stack ends.

Standard input is a pipe whose other end only the stack holds: its end of file means "stop", sent on purpose or by the
kernel because the stack was killed. The keeper adopts every orphan among the server's descendants (a child subreaper),
so a PostgreSQL backend or a Lambda process cannot slip away by outliving its parent. Should the keeper itself be
killed, the kernel kills the server (parent-death signal).

It is started once per server as `python -I -S keeper.py …` and imports the standard library alone, so that it costs
little. Exit status: the server's own, or 128 + the signal that ended it.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import pwd
import select
import shutil
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LINUX = sys.platform == "linux"


def main() -> int:
    options = arguments()
    woken = wake_on_signals()
    lock = hold(options.lock)
    if LINUX:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
    server = start(options)
    status = watch(server, woken, options)
    end_descendants(server)
    leftover = set_aside(options.discard)
    if lock is not None:
        os.close(lock)
    remove(leftover)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user", help="drop to this user before starting the server")
    parser.add_argument("--lock", help="hold a shared lock on this file while anything of the server lives")
    parser.add_argument("--discard", help="remove this folder when everything of the server is gone")
    parser.add_argument("--stop-signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--grace", type=float, default=5.0, help="seconds from the stop signal to SIGKILL")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def wake_on_signals() -> int:
    """Returns a descriptor that becomes readable when a child ends or SIGTERM arrives."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return reader


def hold(path: str | None) -> int | None:
    if path is None:
        return None
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def start(options: argparse.Namespace) -> int:
    """Fork the server. A stop signal that comes before the server has started waits until then, so it is not lost."""
    keeper = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    server = os.fork()
    if server:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        return server
    try:
        become_server(options, keeper)
    except OSError as error:
        os.write(2, f"{options.command[0]}: {error}\n".encode())
    os._exit(127)


def become_server(options: argparse.Namespace, keeper: int) -> None:
    os.setpgid(0, 0)
    if options.user:
        entry = pwd.getpwnam(options.user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if LINUX:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after setuid, which clears it
    if os.getppid() != keeper:
        os._exit(1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.execvp(options.command[0], options.command)  # noqa: S606


def prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def watch(server: int, woken: int, options: argparse.Namespace) -> int:
    """Returns the server's wait status, once it has ended by itself or by a stop."""
    kill_at: float | None = None
    ears = [sys.stdin.fileno(), woken]
    stop_asked = False
    while True:
        status = reap(server)
        if status is not None:
            return status
        if stop_asked and kill_at is None:
            os.kill(server, options.stop_signal)
            kill_at = time.monotonic() + options.grace
        left = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        if left == 0.0:
            os.kill(server, signal.SIGKILL)
            return os.waitpid(server, 0)[1]
        heard, _, _ = select.select(ears, [], [], left)
        if woken in heard and signal.SIGTERM in os.read(woken, 512):
            stop_asked = True
        if sys.stdin.fileno() in heard:
            ears, stop_asked = [woken], True


def reap(server: int) -> int | None:
    """Collect ended children, adopted orphans too; returns the server's wait status if it is among them."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if ended == 0:
            return None
        if ended == server:
            return status


def set_aside(folder: str | None) -> Path | None:
    """Rename the folder while the lock is held: the next server's folder has the same name."""
    if folder is None or not Path(folder).exists():
        return None
    return Path(folder).rename(f"{folder}.{os.getpid()}.gone")


def remove(folder: Path | None) -> None:
    """Delete it in a process that nobody waits for: LocalStack's twenty thousand files keep a disk busy for seconds."""
    if folder is not None and os.fork() == 0:
        os.setsid()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def end_descendants(server: int) -> None:
    """Kill processes that the server left behind: its process group, then all adopted orphans."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server, signal.SIGKILL)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while LINUX and (adopted := children.read_text().split()):
        for child in adopted:
            os.kill(int(child), signal.SIGKILL)
        for child in adopted:
            os.waitpid(int(child), 0)


if __name__ == "__main__":
    sys.exit(main())
