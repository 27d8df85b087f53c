"""First code of a function's process: ties its life to LocalStack's, then runs AWS's runtime client.

Run as `python bootstrap.py PARENT_PID HANDLER` by an interpreter that has `awslambdaric` and none of this package.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
ORPHAN_CHECK_S = 1.0


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, however it ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent_pid,), daemon=True).start()
    if os.getppid() != parent_pid:  # the parent ended before the kernel was told
        os._exit(1)


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(ORPHAN_CHECK_S)
    os._exit(1)


def main() -> None:
    """Start the runtime client with the handler that the arguments name."""
    parent_pid, handler = int(sys.argv[1]), sys.argv[2]
    die_with(parent_pid)
    # The folder of a script is first on its path, where it would shadow modules of the function.
    if sys.path[0] == str(Path(__file__).parent):
        sys.path.pop(0)
    serve(handler)


def serve(handler: str) -> None:
    """Run AWS's runtime client, which reads its other settings from the environment."""
    from awslambdaric.__main__ import main as run

    sys.argv = ["awslambdaric", handler]
    run(sys.argv)


if __name__ == "__main__":
    main()
