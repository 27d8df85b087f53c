"""Deploys to a stage while synthetic rides judge it: `python -m tools.canary --stage prod`.

`rideflow deploy` gives the new release a growing part of the calls, and judges it by alarms and failures of functions.
A ride is the other judge: it goes through the public API and ends with its money. Two rides in a row that fail
interrupt the deploy, and what it released is taken back. Exit status 0 if the new release has all calls, and a ride
went through.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass

from local.paths import VENV

FAILURES = 2
"""Rides in a row that must fail: a single one may have met a moment's trouble of somebody else."""
PAUSE_S = 60.0
ATTEMPTS = 5
"""So often a failed release is asked after and taken back, until that is done."""


@dataclass(frozen=True)
class Live:
    """The release that answers, and the one that gets a part of the calls: what a rollback changes.

    A deploy alone changes neither, whatever else `rideflow release --status` tells of it.
    """

    release: str
    on_the_way: str | None


class Rideflow:
    """The command `rideflow` for one stage. `program` is its path."""

    def __init__(self, program: str, stage: str) -> None:
        self._program = program
        self._stage = stage

    def succeeds(self, name: str, *options: str) -> bool:
        return subprocess.run(self._command(name, *options), check=False).returncode == 0

    def told(self, name: str, *options: str) -> str | None:
        """What the command prints; None if it fails."""
        done = subprocess.run(self._command(name, *options), check=False, stdout=subprocess.PIPE, text=True)
        return done.stdout if done.returncode == 0 else None

    def started(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command(name, *options))

    def live(self) -> Live | None:
        """None if it cannot be told."""
        told = self.told("release", "--status", "--json")
        if told is None:
            return None
        found = json.loads(told)
        return Live(found["release"], found["on_the_way"])

    def _command(self, name: str, *options: str) -> list[str]:
        return [self._program, name, "--stage", self._stage, *options]


class Canary:
    """Judges a deploy by rides, `pause_s` after each other."""

    def __init__(self, rideflow: Rideflow, pause_s: float) -> None:
        self._rideflow = rideflow
        self._pause_s = pause_s

    def run(self) -> bool:
        """Whether the new release is live, and works."""
        if not self._rides_well():
            print("No ride goes through before the deploy: it would be judged by faults that it has not.", flush=True)
            return False
        before = self._rideflow.live()
        if before is None:
            print("It cannot be told what is live: a release could not be taken back.", flush=True)
            return False
        if self._deployed() and self._rides_well():
            return True
        if not self._restored(before):
            print(f"Take it back by hand: {before.release} shall be live. Look at `release --status`.", flush=True)
        return False

    def _deployed(self) -> bool:
        """Deploy with rides beside it. False if it failed, or was interrupted because the rides did."""
        failures = 0
        with self._rideflow.started("deploy", "--yes") as deploy:
            while deploy.poll() is None:
                failures = 0 if self._rideflow.succeeds("ride") else failures + 1
                if failures == FAILURES and deploy.poll() is None:
                    print("Rides fail: the deploy is interrupted.", flush=True)
                    deploy.terminate()  # as by Ctrl-C, which a program in the background of a shell may not hear
                    break
                self._pause(deploy)
        return deploy.returncode == 0 and failures < FAILURES

    def _restored(self, before: Live) -> bool:
        """Whether what was live is live again.

        It is asked before each rollback: one that is not needed would take back the release before.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(self._pause_s)
            now = self._rideflow.live()
            if now == before or (now is not None and self._rideflow.succeeds("rollback", "--yes")):
                return True
        return False

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
            if self._rideflow.succeeds("ride"):
                return True
        return False


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="seconds between rides (%(default)s)")
    parser.add_argument("--program", default=str(VENV / "bin" / "rideflow"), help="the command `rideflow`")
    asked = parser.parse_args(arguments)
    return 0 if Canary(Rideflow(asked.program, asked.stage), asked.pause).run() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
