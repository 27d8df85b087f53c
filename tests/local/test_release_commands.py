"""`rideflow release` and `rideflow rollback`, as a person at a terminal sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from typer.testing import CliRunner, Result

from local import cdk
from local.account import Account
from local.cli import app
from local.cloud import Cloud as StageCloud
from local.commands.output import INTERRUPTED
from local.paths import ROOT
from local.releases import deployer as deployers
from local.releases.cleaning import Cleaning
from local.releases.functions import SomebodyElseError
from tests.local.lambdas import NAMES, ONE, OTHER, STARTER, STEP, THREE, TWO, Cloud, DiedError, empty_cloud


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with empty_cloud() as made:
        monkeypatch.setattr("local.cloud.aws_cloud", lambda stage: StageCloud(stage, boto3.client))
        monkeypatch.setattr(deployers, "deployer_of", lambda *_: made.deployer())
        monkeypatch.setattr("local.commands.console._url", lambda _: None)  # a stage without a console
        yield made


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--stage", "prod"], input=answer)


def one_line(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


def test_what_is_live_is_told_and_nothing_is_changed(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.deploy(TWO)

    told = run("release", "--status")

    assert told.stdout.splitlines() == [
        f"{ONE} is live.",
        f"{TWO} is deployed, and not released.",
        "A rollback goes nowhere: no release before is known.",
    ]
    assert cloud.lambda_.updates == []


def test_what_is_live_is_told_to_scripts(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.deploy(TWO)
    cloud.lambda_.dies_after = 2
    with pytest.raises(DiedError):
        cloud.deployer().release()

    assert json.loads(run("release", "--status", "--json").stdout) == {
        "release": ONE,
        "on_the_way": TWO,
        "percent": 5,
        "before": ONE,
        "deployed": [TWO],
        "functions": {ONE: 3},
    }


def test_the_documents_say_what_scripts_are_told(cloud: Cloud) -> None:
    cloud.released(ONE)
    document = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    table = document.partition("`rideflow release --status --json` prints one object")[2].partition("\n\nA release")[0]

    told = json.loads(run("release", "--status", "--json").stdout)

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(told)


def test_json_without_status_changes_nothing(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.deploy(TWO)

    told = run("release", "--json")

    assert (told.exit_code, cloud.lambda_.updates) == (1, [])
    assert "it goes with --status" in one_line(told)


def test_a_release_and_its_rollback_say_what_is_live(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.deploy(TWO)

    assert run("release").stdout.endswith(f"{TWO} is live.\n")
    assert f"A rollback goes back to {ONE}." in run("release", "--status").stdout
    assert run("rollback", "--yes").stdout.splitlines()[-1] == f"{ONE} is live."


def test_a_rollback_says_where_it_goes_and_asks(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.released(TWO)

    refused = run("rollback", answer="n\n")
    assert f"Stage prod: {TWO} -> {ONE}" in refused.stdout
    assert refused.exit_code == 1
    assert run("rollback", answer="").exit_code == 1, "nobody is there to answer"
    assert cloud.live() == dict.fromkeys(NAMES, TWO)
    assert run("rollback", answer="y\n").stdout.endswith(f"{ONE} is live.\n")
    assert cloud.live() == dict.fromkeys(NAMES, ONE)


def test_a_rollback_that_is_repeated_says_how_to_go_further(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.released(TWO)
    cloud.deploy(THREE)
    cloud.meanwhile = [lambda: cloud.raise_alarm("rideflow-prod-api-errors")]
    assert run("release").exit_code == 1

    told = run("rollback", "--yes")

    assert told.exit_code == 1
    assert f"Nothing is left to take back: {TWO} is live" in one_line(told)
    assert f"With --further it goes back to {ONE}." in one_line(run("release", "--status"))
    assert cloud.live() == dict.fromkeys(NAMES, TWO)
    assert run("rollback", "--yes", "--further").exit_code == 0
    assert cloud.live() == dict.fromkeys(NAMES, ONE)


def test_what_could_not_be_tidied_up_is_told_beside_the_release_that_is_live(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SomebodyElseError("an alias [x] has changed")

    cloud.released(ONE)
    cloud.deploy(TWO)
    monkeypatch.setattr(Cleaning, "mark", refuse)

    told = run("release")

    assert told.exit_code == 0
    assert told.stdout.endswith(f"{TWO} is live.\n")
    assert "! Former releases were not tidied up, which the next release does: an alias [x] has changed" in told.stderr


def test_a_rollback_to_nowhere_is_a_sentence_and_a_failure(cloud: Cloud) -> None:
    cloud.released(ONE)

    told = run("rollback", "--yes")

    assert told.exit_code == 1
    assert f"There is no release to go back to: {ONE} is all that is known." in one_line(told)


def test_a_release_that_is_worse_ends_in_a_failure_that_says_what_was_seen(cloud: Cloud) -> None:
    cloud.released(ONE)
    cloud.deploy(TWO)
    cloud.meanwhile = [lambda: cloud.raise_alarm("rideflow-prod-api-errors")]

    told = run("release")

    assert told.exit_code == 1
    assert (
        f"{TWO} was taken back at 5 %: the alarm rideflow-prod-api-errors is raised. All calls go to {ONE} again."
        in (one_line(told))
    )


def test_interrupted_it_says_what_it_leaves_and_goes_on_from_there(cloud: Cloud) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    cloud.released(ONE)
    cloud.deploy(TWO)
    cloud.meanwhile = [interrupt]

    told = run("release")

    assert told.exit_code == INTERRUPTED
    assert "The new release gets 5 % of the calls." in one_line(told)
    assert "rideflow release --stage prod` goes on" in one_line(told)
    assert "rideflow rollback --stage prod` takes it back" in one_line(told)
    assert cloud.weights() == {name: {TWO: 0.05} for name in NAMES}
    assert f"{TWO} is on its way: 5 % of the calls." in run("release", "--status").stdout
    assert run("release").stdout.endswith(f"{TWO} is live.\n")


def test_a_deploy_is_refused_while_a_release_is_on_its_way(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed: list[str] = []
    account = Account("111122223333", "us-west-2", is_bootstrapped=True, findings=())
    monkeypatch.setattr("local.account.look_at", lambda *_: account)
    monkeypatch.setattr("local.failed_stacks.unprotect", lambda _: [])

    def deploy(stage: str, *, asks: bool, console_origin: str | None) -> int:
        assert console_origin is None
        deployed.append(stage)
        return int(asks)

    monkeypatch.setattr(cdk, "deploy_aws", deploy)
    assert run("deploy", "--yes").exit_code == 1, "an empty stage is deployed, and then there is nothing to release"
    cloud.released(ONE)
    cloud.deploy(TWO)
    cloud.lambda_.dies_after = 2
    with pytest.raises(DiedError):
        cloud.deployer().release()
    cloud.lambda_.dies_after = None

    refused = run("deploy", "--yes")
    assert refused.exit_code == 1
    assert f"The release {TWO} is on its way." in one_line(refused)
    assert run("rollback", "--yes").exit_code == 0
    assert run("deploy", "--yes").stdout.endswith(f"{TWO} is live.\n")
    assert deployed == ["prod", "prod"]


def test_an_alarm_that_the_deploy_raised_before_it_reached_a_function_takes_the_release_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account("111122223333", "us-west-2", is_bootstrapped=True, findings=())
    monkeypatch.setattr("local.account.look_at", lambda *_: account)

    def deploy(stage: str, *, asks: bool, **_: object) -> int:
        cloud.clock = datetime.now(UTC)
        cloud.raise_alarm(f"rideflow-{stage}-api-errors")
        cloud.clock += timedelta(minutes=5)
        cloud.deploy(TWO)
        return int(asks)

    monkeypatch.setattr("local.commands.deploy._unprotect_failed", lambda _: None)
    monkeypatch.setattr(cdk, "deploy_aws", deploy)
    cloud.released(ONE)

    told = run("deploy", "--yes")

    assert told.exit_code == 1
    assert f"{TWO} was taken back at 5 %: the alarm rideflow-prod-api-errors is raised." in one_line(told)


def test_functions_that_only_the_taken_back_release_has_are_told(cloud: Cloud) -> None:
    cloud.deploy(ONE, [STEP, STARTER])
    cloud.deployer().release()
    cloud.deploy(TWO, [STEP, STARTER, OTHER])
    cloud.deployer().release()
    cloud.deployer().rollback()

    assert run("release", "--status").stdout.splitlines()[:3] == [
        f"{ONE} is live.",
        f"1 function is of {TWO}.",
        f"{TWO} is deployed, and not released.",
    ]


def test_an_account_that_does_not_answer_is_no_stack_trace(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(deployers, "deployer_of", refuse)

    told = run("release")

    assert told.exit_code == 1
    assert "AWS cannot be asked: Unable to locate credentials. Try again: it goes on where it stopped." in one_line(
        told
    )


def test_without_a_region_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    told = run("rollback")

    assert told.exit_code == 1
    assert "No region: set AWS_REGION" in one_line(told)
