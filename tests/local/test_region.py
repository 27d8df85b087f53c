"""A deploy asks, deploys and releases in one region."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from local import cdk
from local.cloud import CloudError, aws_cloud

VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE")


@pytest.fixture(autouse=True)
def _no_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The environments of the CDK's runs."""
    runs: list[Any] = []

    def run(_command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[bytes]:
        runs.append(env)
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(subprocess, "run", run)
    return runs


@pytest.mark.parametrize(
    ("told", "region"),
    [
        ({"AWS_REGION": "eu-central-1"}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-central-1"),
        ({"AWS_REGION": "eu-central-1", "profile": "us-west-2"}, "eu-central-1"),
        ({"profile": "us-west-2"}, "us-west-2"),
    ],
)
def test_the_account_and_the_cdk_are_asked_in_one_region(
    told: dict[str, str], region: str, deployed: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if profile := told.pop("profile", None):
        (tmp_path / "config").write_text(f"[default]\nregion = {profile}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert aws_cloud("dev").client("lambda").meta.region_name == region
    assert cdk.deploy_aws("dev", asks=False) == 0
    assert {deployed[0]["AWS_REGION"], deployed[0]["AWS_DEFAULT_REGION"]} == {region}


def test_without_a_region_nothing_is_asked() -> None:
    with pytest.raises(CloudError, match="AWS_REGION"):
        aws_cloud("dev")
