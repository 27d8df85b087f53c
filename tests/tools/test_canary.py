"""The canary of a deploy: a program that notes its calls and follows a script stands in for `rideflow`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.canary import main

PROGRAM = """#!{python}
import json, signal, sys, time
from pathlib import Path
here = Path({folder!r})
name, script = sys.argv[1], json.loads((here / "script.json").read_text())
with (here / "calls").open("a") as calls:
    print(" ".join(sys.argv[1:]), file=calls)
count = (here / "calls").read_text().split("\\n")
number = sum(line.startswith(name + " ") for line in count) - 1
if name == "release":
    print((here / "live").read_text())
if name == "deploy":
    try:
        (here / "live").write_text(script["live"])
        (here / "deploying").touch()
        while not Path(here / "rides_done").exists():
            time.sleep(0.01)
    except KeyboardInterrupt:
        with (here / "calls").open("a") as calls:
            print("interrupted", file=calls)
        sys.exit(130)
    sys.exit(script["deploy"])
if name == "ride":
    rides = script["rides"]
    while number and not (here / "deploying").exists():
        time.sleep(0.01)
    if number >= len(rides) - 1 - script["after"]:
        (here / "rides_done").touch()
    sys.exit(0 if rides[min(number, len(rides) - 1)] else 1)
"""


def played(
    folder: Path, rides: Sequence[int], *, after: int = 1, deploy: int = 0, live: str = "new"
) -> tuple[int, list[str]]:
    """The exit status, and the calls. The deploy goes on until all rides but the last `after` were played."""
    program = folder / "rideflow"
    program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
    program.chmod(0o755)
    (folder / "script.json").write_text(json.dumps({"rides": rides, "after": after, "deploy": deploy, "live": live}))
    (folder / "live").write_text("old")
    status = main(["--stage", "prod", "--pause", "0.01", "--program", str(program)])
    return status, [line.replace(" --stage prod", "") for line in (folder / "calls").read_text().splitlines()]


def test_a_release_that_rides_well_stays(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 1, 1])
    assert status == 0
    assert calls[:2] == ["ride", "release --status"]
    assert "deploy --yes" in calls
    assert calls[-1] == "ride"
    assert "rollback --yes" not in calls


def test_nothing_is_deployed_onto_a_stage_that_does_not_work(tmp_path: Path) -> None:
    (tmp_path / "deploying").touch()
    status, calls = played(tmp_path, [0, 0])
    assert (status, calls) == (1, ["ride", "ride"])


def test_two_rides_that_fail_during_the_release_interrupt_it_and_take_it_back(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 0, 0, 0, 0, 0, 0])
    assert status == 1
    assert calls[-3:] == ["interrupted", "release --status", "rollback --yes"]


def test_a_single_ride_that_fails_interrupts_nothing(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 1, 0, 1, 0, 1, 1])
    assert status == 0
    assert "interrupted" not in calls
    assert "rollback --yes" not in calls


def test_a_release_is_taken_back_if_no_ride_goes_through_after_it(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 1, 0, 0], after=2)
    assert (status, calls[-2:]) == (1, ["release --status", "rollback --yes"])


@pytest.mark.parametrize(("live", "last"), [("old", "release --status"), ("new", "rollback --yes")])
def test_only_what_was_released_is_taken_back(tmp_path: Path, live: str, last: str) -> None:
    status, calls = played(tmp_path, [1, 1, 1], deploy=1, live=live)
    assert (status, calls[-1]) == (1, last)
