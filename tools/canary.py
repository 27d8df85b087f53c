"""Deploys to a stage while synthetic rides judge it: `python -m tools.canary --stage prod`.

`rideflow deploy` gives the new release a growing part of the calls, and judges it by alarms and failures of functions.
A ride is the other judge: it goes through the public API and ends with its money. Two rides in a row that fail
interrupt the deploy, and what it released is taken back. Exit status 0 if the new release has all calls, and a ride
went through.
"""

import argparse
import signal
import subprocess
import sys
import time

from local.paths import VENV

FAILURES = 2
"""Rides in a row that must fail: a single one may have met a moment's trouble of somebody else."""
PAUSE_S = 60.0


class Canary:
    """`program` is `rideflow`."""

    def __init__(self, program: str, stage: str, pause_s: float) -> None:
        self._program = program
        self._stage = stage
        self._pause_s = pause_s

    def run(self) -> bool:
        """Whether the new release is live, and works."""
        if not self._rides_well():
            print("No ride goes through before the deploy: it would be judged by faults that it has not.", flush=True)
            return False
        before = self._live()
        if self._deployed() and self._rides_well():
            return True
        # Without a change of what is live, taking it back would take back the release before.
        if self._live() != before:
            self._call("rollback", "--yes")
        return False

    def _deployed(self) -> bool:
        """Deploy with rides beside it. False if it failed, or was interrupted because the rides did."""
        failures = 0
        with subprocess.Popen(self._command("deploy", "--yes")) as deploy:
            while deploy.poll() is None:
                failures = 0 if self._call("ride") else failures + 1
                if failures == FAILURES and deploy.poll() is None:
                    print("Rides fail: the deploy is interrupted.", flush=True)
                    deploy.send_signal(signal.SIGINT)
                    break
                self._pause(deploy)
        return deploy.returncode == 0 and failures < FAILURES

    def _pause(self, deploy: subprocess.Popen[bytes]) -> None:
        try:
            deploy.wait(self._pause_s)
        except subprocess.TimeoutExpired:
            return

    def _rides_well(self) -> bool:
        """One of a few rides goes through."""
        for attempt in range(FAILURES):
            if attempt:
                time.sleep(self._pause_s)
            if self._call("ride"):
                return True
        return False

    def _live(self) -> str:
        told = subprocess.run(self._command("release", "--status"), check=True, capture_output=True, text=True)
        return told.stdout

    def _call(self, name: str, *options: str) -> bool:
        return subprocess.run(self._command(name, *options), check=False).returncode == 0

    def _command(self, name: str, *options: str) -> list[str]:
        return [self._program, name, "--stage", self._stage, *options]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between rides (%(default)s)")
    parser.add_argument("--program", default=str(VENV / "bin" / "rideflow"), help="the command `rideflow`")
    asked = parser.parse_args(arguments)
    return 0 if Canary(asked.program, asked.stage, asked.pause).run() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
