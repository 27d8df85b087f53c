"""The canary of a deploy.

A program that notes its calls and follows a script stands in for `rideflow`; then the real deployer works at moto's
Lambda.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.cloud import Cloud as StageCloud
from local.releases import deployer as deployers
from tests.local.lambdas import NAMES, ONE, STAGE, THREE, TWO, Cloud, empty_cloud
from tools.canary import ATTEMPTS, Canary, Rideflow, main

STATUS = "release --status --json"
ROLLBACK = "rollback --yes"
PROGRAM = """#!{python}
import json, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `rideflow` does
here = Path({folder!r})
name, script = sys.argv[1], json.loads((here / "script.json").read_text())
with (here / "calls").open("a") as calls:
    print(" ".join(sys.argv[1:]), file=calls)
count = (here / "calls").read_text().split("\\n")
number = sum(line.startswith(name + " ") for line in count) - 1
if name == "release":
    if (here / "nothing_deployed").exists():
        sys.exit(1)
    broken = here / "status_fails"
    if broken.exists() and number > 0:
        broken.write_text(str(int(broken.read_text()) - 1))
        if int(broken.read_text()) >= 0:
            sys.exit(1)
    print(json.dumps({{"release": (here / "live").read_text(), "on_the_way": None}}))
if name == "rollback" and (here / "rollback_fails").exists():
    (here / "rollback_fails").unlink()
    sys.exit(1)
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
    assert calls[:2] == ["ride", STATUS]
    assert "deploy --yes" in calls
    assert calls[-1] == "ride"
    assert ROLLBACK not in calls


def test_nothing_is_deployed_onto_a_stage_that_does_not_work(tmp_path: Path) -> None:
    (tmp_path / "deploying").touch()
    status, calls = played(tmp_path, [0, 0])
    assert (status, calls) == (1, ["ride", "ride"])


def test_two_rides_that_fail_during_the_release_interrupt_it_and_take_it_back(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 0, 0, 0, 0, 0, 0])
    assert status == 1
    assert calls[-3:] == ["interrupted", STATUS, ROLLBACK]


def test_a_single_ride_that_fails_interrupts_nothing(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 1, 0, 1, 0, 1, 1])
    assert status == 0
    assert "interrupted" not in calls
    assert ROLLBACK not in calls


def test_a_release_is_taken_back_if_no_ride_goes_through_after_it(tmp_path: Path) -> None:
    status, calls = played(tmp_path, [1, 1, 0, 0], after=2)
    assert (status, calls[-2:]) == (1, [STATUS, ROLLBACK])


@pytest.mark.parametrize(("live", "last"), [("old", STATUS), ("new", ROLLBACK)])
def test_only_what_was_released_is_taken_back(tmp_path: Path, live: str, last: str) -> None:
    status, calls = played(tmp_path, [1, 1, 1], deploy=1, live=live)
    assert (status, calls[-1]) == (1, last)


def test_a_release_is_taken_back_although_it_cannot_be_asked_after_at_once(tmp_path: Path) -> None:
    (tmp_path / "status_fails").write_text("2")
    status, calls = played(tmp_path, [1, 1, 1], deploy=1)
    assert (status, calls[-4:]) == (1, [STATUS, STATUS, STATUS, ROLLBACK])


def test_a_rollback_that_fails_is_repeated_while_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "rollback_fails").touch()
    status, calls = played(tmp_path, [1, 1, 1], deploy=1)
    assert (status, calls[-4:]) == (1, [STATUS, ROLLBACK, STATUS, ROLLBACK])


def test_what_was_never_taken_back_is_left_to_a_person(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "status_fails").write_text("99")
    status, calls = played(tmp_path, [1, 1, 1], deploy=1)
    assert (status, calls[-ATTEMPTS:]) == (1, [STATUS] * ATTEMPTS)
    assert "Take it back by hand: old shall be live." in capfd.readouterr().out


def test_nothing_is_deployed_if_it_cannot_be_told_what_is_live(tmp_path: Path) -> None:
    (tmp_path / "nothing_deployed").touch()
    status, calls = played(tmp_path, [1, 1, 1])
    assert (status, calls) == (1, ["ride", STATUS])


class AtLambda(Rideflow):
    """`rideflow` with its real deployer; rides follow a script, and the deploy goes by while nobody rides."""

    def __init__(self, cloud: Cloud, deploy: Callable[[], int], rides: Sequence[bool]) -> None:
        super().__init__("rideflow", STAGE)
        self._cloud = cloud
        self._deploy = deploy
        self._rides = iter(rides)
        self.rolled_back = False

    def succeeds(self, name: str, *options: str) -> bool:
        if name == "ride":
            return next(self._rides)
        self.rolled_back = True
        return self._run(name, *options).exit_code == 0

    def told(self, name: str, *options: str) -> str | None:
        done = self._run(name, *options)
        return done.stdout if done.exit_code == 0 else None

    def started(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        assert (name, options) == ("deploy", ("--yes",))
        ended = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({self._deploy()})"])
        ended.wait()
        return ended

    def _run(self, name: str, *options: str) -> Result:
        return CliRunner().invoke(app, [name, "--stage", STAGE, *options])


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Stage prod, where release two is live, and goes back to release one."""
    with empty_cloud() as made:
        monkeypatch.setattr("local.cloud.aws_cloud", lambda stage: StageCloud(stage, boto3.client))
        monkeypatch.setattr(deployers, "deployer_of", lambda *_: made.deployer())
        monkeypatch.setattr("local.commands.release.publish_to", lambda _stage: None)  # a stage without a console
        made.released(ONE)
        made.released(TWO)
        yield made


def released(cloud: Cloud, *meanwhile: Callable[[], object]) -> int:
    """`rideflow deploy`: the status with which it ends. `meanwhile` happens while the new release is judged."""
    cloud.deploy(THREE, [*NAMES, f"rideflow-{STAGE}-trips-brand_new"])
    cloud.meanwhile = list(meanwhile)
    return CliRunner().invoke(app, ["release", "--stage", STAGE]).exit_code


def interrupted() -> None:
    raise KeyboardInterrupt


def test_a_release_that_works_has_all_calls(cloud: Cloud) -> None:
    assert Canary(AtLambda(cloud, lambda: released(cloud), [True, True]), 0).run()
    assert set(cloud.live().values()) == {THREE}


@pytest.mark.parametrize("how", ["the deploy failed", "only deployed", "rejected", "interrupted", "rides failed"])
def test_whatever_goes_wrong_the_release_before_is_live_again_and_none_before_it(cloud: Cloud, how: str) -> None:
    def deploy() -> int:
        match how:
            case "the deploy failed":
                return 1
            case "only deployed":  # interrupted before the first step
                cloud.deploy(THREE, [*NAMES, f"rideflow-{STAGE}-trips-brand_new"])
                return 130
            case "rejected":
                return released(cloud, lambda: cloud.raise_alarm(f"rideflow-{STAGE}-api-errors"))
            case "interrupted":
                return released(cloud, interrupted)
            case _:
                return released(cloud)

    rideflow = AtLambda(cloud, deploy, [True, False, False])
    assert not Canary(rideflow, 0).run()
    assert rideflow.rolled_back == (how in {"interrupted", "rides failed"}), "there is nothing to take back otherwise"
    assert cloud.live() == dict.fromkeys(NAMES, TWO)
    assert cloud.weights() == {name: {} for name in NAMES}
