"""`rideflow rotate` and `rideflow pipeline`: what they ask, and what they tell. moto has the secret."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from local import cdk, rotating
from local.cli import app
from local.cloud import Cloud
from local.commands import rotate
from tests.secret_versions import read_the_current_one

SECRET = "rideflow/dev/stripe"
BEFORE = {"api_key": "sk_test_old", "webhook_secret": "whsec_old"}


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
                        "AWS_SECRET_ACCESS_KEY": "test"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name=SECRET, SecretString=json.dumps(BEFORE))
        boto3.client("dynamodb").create_table(
            TableName="rideflow-dev-payment-customers",
            KeySchema=[{"AttributeName": "rider_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "rider_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        read_the_current_one(monkeypatch)
        monkeypatch.setattr(rotate, "cloud_of", lambda stage: Cloud(stage.value, boto3.client))
        yield client


def called(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["rotate", *arguments, "--stage", "dev"], input=typed)


def stored(client: Any) -> dict[str, Any]:
    return dict(json.loads(client.get_secret_value(SecretId=SECRET)["SecretString"]))


def test_a_signing_secret_is_read_from_standard_input_and_removed_at_the_end(secret: Any) -> None:
    said = called("stripe-webhook", typed="whsec_new\n")
    assert said.exit_code == 0, said.output
    assert "rotate stripe-webhook --finish --stage dev" in said.stdout.replace("\n", " ")
    assert "whsec_new" not in said.output
    assert stored(secret) == BEFORE | {"webhook_secret": "whsec_new", "former_webhook_secrets": ["whsec_old"]}
    said = called("stripe-webhook", "--finish", typed="y\n")
    assert "whsec_…_new stays. Refused from now on: whsec_…_old" in said.stdout.replace("\n", " ")
    assert "1 former secret removed" in said.stdout
    assert stored(secret) == BEFORE | {"webhook_secret": "whsec_new"}


@pytest.mark.parametrize("typed", ["", "n\n"])
def test_former_secrets_stay_unless_somebody_agrees(secret: Any, typed: str) -> None:
    called("stripe-webhook", typed="whsec_new\n")
    before = stored(secret)
    assert called("stripe-webhook", "--finish", typed=typed).exit_code == 1
    assert stored(secret) == before
    assert called("stripe-webhook", "--finish", "--yes").exit_code == 0
    assert stored(secret) == BEFORE | {"webhook_secret": "whsec_new"}


def test_the_present_signing_secret_given_by_mistake_is_told(secret: Any) -> None:
    said = called("stripe-webhook", typed="whsec_old\n")
    assert (said.exit_code, "nothing is changed" in said.stdout, "--finish" in said.stdout) == (0, True, False)
    assert stored(secret) == BEFORE


@pytest.mark.parametrize("customer", [None, "cus_rider"])
def test_a_key_that_stripe_takes_is_stored(secret: Any, monkeypatch: pytest.MonkeyPatch, customer: str | None) -> None:
    asked: list[tuple[str, str, str | None]] = []
    if customer is not None:
        rider = {"rider_id": {"S": "a rider"}, "customer_ref": {"S": customer}}
        boto3.client("dynamodb").put_item(TableName="rideflow-dev-payment-customers", Item=rider)

    def probe_at(address: str) -> rotating.Probe:
        return lambda key, known: asked.append((address, key, known))

    monkeypatch.setattr(rotating, "probe_at", probe_at)
    said = called("stripe-key", typed="sk_test_new\n")
    assert said.exit_code == 0
    assert ("it is not known whether" in said.stdout.replace("\n", " ")) == (customer is None)
    assert asked == [("https://api.stripe.com", "sk_test_new", customer)]
    assert stored(secret) == BEFORE | {"api_key": "sk_test_new"}


@pytest.mark.parametrize("typed", ["", "\n", "sk_live_new\n", "nonsense\n"])
def test_what_cannot_be_right_is_a_sentence_and_changes_nothing(secret: Any, typed: str) -> None:
    said = called("stripe-key", typed=typed)
    assert said.exit_code == 1
    assert said.stderr.startswith("✗")
    assert stored(secret) == BEFORE


@pytest.mark.parametrize(
    ("options", "makes_provider"), [(["--stage", "prod"], True), (["--stage", "prod", "--provider-exists"], False)]
)
def test_the_pipeline_s_role_is_deployed_for_a_repository(
    monkeypatch: pytest.MonkeyPatch, options: list[str], makes_provider: bool
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str]) -> int:
        ran.append(command)
        return 0

    monkeypatch.setattr(cdk, "_on_this_terminal", run)
    assert CliRunner().invoke(app, ["pipeline", "--repository", "owner/rides", *options]).exit_code == 0
    (command,) = ran
    assert command[command.index("--app") + 1].endswith("-m infra.pipeline")
    settings = {command[at + 1] for at, word in enumerate(command) if word == "--context"}
    expected = {"stage=prod", "repository=owner/rides"}
    assert settings == (expected if makes_provider else expected | {"provider=exists"})


def test_no_pipeline_reaches_the_local_stack() -> None:
    said = CliRunner().invoke(app, ["pipeline", "--repository", "owner/rides", "--stage", "local"])
    assert (said.exit_code, "No pipeline reaches the local stack" in said.stderr) == (1, True)
