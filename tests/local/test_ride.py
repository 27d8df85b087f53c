"""`rideflow ride --prepare`: it goes on where it stopped, and says why. moto has secrets and accounts of operators."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from local.cli import app
from local.cloud import Cloud
from local.commands import ride

SECRET, STRIPE_SECRET = "rideflow/dev/synthetic", "rideflow/dev/stripe"
RIDER, DRIVER = "rider@example.com", "driver@example.com"
TYPED = f"{RIDER}\n{DRIVER}\nrk_test_restricted\n"
CODE = "123456\n"

type Json = dict[str, Any]
type Answer = tuple[int, Json]


@dataclass
class Product:
    """The public API and Stripe, as far as signing up needs them. Request number `loses` is done, and not answered."""

    loses: int | None = None
    requests: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    cards: int = 0
    drivers: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self._done(request)
        if self.requests == self.loses:
            raise httpx.ReadTimeout("lost")
        return answer

    def _done(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.stripe.com":
            self.cards += 1
            return httpx.Response(200, json={})
        told = json.loads(request.content or b"{}")
        who = request.headers.get("Authorization", "").removeprefix("Bearer ")
        parts = {"auth": self._auth, "riders": self._rider, "drivers": self._driver}
        _, _, context, *rest = request.url.path.split("/")
        status, document = parts[context](f"{request.method} {'/'.join(rest)}", who, told)
        return httpx.Response(status, json=document)

    def _auth(self, call: str, _who: str, told: Json) -> Answer:
        email = told["email"]
        match call:
            case "POST register":
                self.passwords.setdefault(email, told["password"])
            case "POST confirm":
                self.confirmed.add(email)
            case _ if not self._may_sign_in(email, told["password"]):
                return 401, {"code": "wrong_credentials", "detail": "No such account."}
        return 200, {"access_token": email}

    def _may_sign_in(self, email: str, password: str) -> bool:
        return email.startswith("operator-") or (email in self.confirmed and self.passwords[email] == password)

    def _rider(self, call: str, _who: str, _told: Json) -> Answer:
        if call == "GET me/cards":
            return 200, {"cards": [{"id": "card"}] * self.cards}
        return 200, {"setup_intent_id": "seti", "client_secret": "secret"}

    def _driver(self, call: str, who: str, _told: Json) -> Answer:
        match call:
            case "POST me" if who in self.drivers:
                return 409, {"code": "driver_exists"}
            case "POST me/vehicles":
                self.drivers[who].append({"id": f"vehicle-{len(self.drivers[who])}"})
                return 201, self.drivers[who][-1]
            case "POST me" | "GET me":
                return 200, {"id": who, "vehicles": self.drivers.setdefault(who, [])}
        self.verified.add(f"{call} by {who.partition('-')[0]}")
        return 200, {}


@dataclass(frozen=True)
class DevStage:
    """The stage dev: its product, and its account."""

    product: Product
    secrets: Any
    cognito: Any
    pool: str

    def operators(self) -> list[Any]:
        return list(self.cognito.list_users(UserPoolId=self.pool)["Users"])

    def stored(self) -> dict[str, str]:
        return dict(json.loads(self.secrets.get_secret_value(SecretId=SECRET)["SecretString"]))

    def set_stripe_key(self, key: str) -> None:
        self.secrets.put_secret_value(SecretId=STRIPE_SECRET, SecretString=json.dumps({"api_key": key}))


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Iterator[DevStage]:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
                        "AWS_SECRET_ACCESS_KEY": "test"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with mock_aws():
        secrets, cognito = boto3.client("secretsmanager"), boto3.client("cognito-idp")
        secrets.create_secret(Name=STRIPE_SECRET, SecretString=json.dumps({"api_key": "sk_test_1"}))
        pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        cognito.create_group(UserPoolId=pool, GroupName="operator")
        product = Product()
        told = {"RestUrl": "https://api.example", "WebSocketUrl": "wss://ws.example", "UserPoolId": pool}
        monkeypatch.setattr(Cloud, "outputs", lambda _cloud, _stack: told)
        monkeypatch.setattr(ride, "cloud_of", lambda stage: Cloud(stage.value, boto3.client))
        transport = httpx.MockTransport(product.answer)
        monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=transport))
        yield DevStage(product, secrets, cognito, pool)


def prepared(typed: str) -> Result:
    return CliRunner().invoke(app, ["ride", "--stage", "dev", "--prepare"], input=typed)


def one_line(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


def complete(dev: DevStage) -> bool:
    """Whether the people of the secret are signed up, once each, and can ride."""
    stored, product = dev.stored(), dev.product
    passwords = {stored["rider_email"]: stored["rider_password"], stored["driver_email"]: stored["driver_password"]}
    return (
        product.passwords == passwords
        and product.confirmed == {RIDER, DRIVER}
        and product.cards == 1
        and product.drivers == {DRIVER: [{"id": stored["vehicle_id"]}]}
        and product.verified == {f"POST {DRIVER}/verify by operator"}
    )


def test_two_people_are_signed_up_and_kept_in_the_secret(dev: DevStage) -> None:
    said = prepared(TYPED + CODE * 2)
    assert said.exit_code == 0, said.output
    assert "live" not in said.output
    assert complete(dev)
    assert dev.operators() == []


REQUESTS = 17


@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_wherever_it_stops_a_repeat_goes_on_with_the_same_people(dev: DevStage, number: int) -> None:
    dev.product.loses = number
    said = prepared(TYPED + CODE * 2)
    assert said.exit_code == 1
    assert isinstance(said.exception, SystemExit), "a sentence, and no traceback"
    assert "The sign-up stopped: ReadTimeout: lost. Repeat the command" in one_line(said)
    assert dev.operators() == []
    said = prepared(CODE * 2)
    assert said.exit_code == 0, said.output
    assert complete(dev)
    assert dev.operators() == []


def test_the_requests_of_a_sign_up_are_all_lost_once(dev: DevStage) -> None:
    prepared(TYPED + CODE * 2)
    assert dev.product.requests == REQUESTS


def test_people_who_are_signed_up_are_not_signed_up_again(dev: DevStage) -> None:
    prepared(TYPED + CODE * 2)
    before = dev.product.requests
    said = prepared(TYPED + CODE * 2)
    assert said.exit_code == 1
    assert "signed up already" in one_line(said)
    assert f"delete-secret --force-delete-without-recovery --secret-id {SECRET}" in one_line(said)
    assert dev.product.requests == before


def refused_before_anything(dev: DevStage, typed: str) -> str:
    said = prepared(typed)
    assert said.exit_code == 1
    assert dev.product.requests == 0
    assert [each["Name"] for each in dev.secrets.list_secrets()["SecretList"]] == [STRIPE_SECRET]
    return one_line(said)


def test_without_stripe_s_key_nobody_is_asked_for_anything(dev: DevStage) -> None:
    dev.set_stripe_key("unset")
    said = refused_before_anything(dev, TYPED)
    assert f"Stripe's key of the stage is not set: put it into the secret {STRIPE_SECRET} first." in said
    assert "e-mail" not in said
    assert "live" not in said


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (f"{RIDER}\n{DRIVER}\nrk_live_restricted\n", "The present key is a test key, and this is none."),
        (f"{RIDER}\n{DRIVER}\nnonsense\n", "begin with sk_ or rk_"),
        (f"{RIDER}\nRIDER@example.com\n", "they need two addresses"),
    ],
    ids=["another mode", "no key", "one address"],
)
def test_what_cannot_be_right_is_refused(dev: DevStage, typed: str, why: str) -> None:
    assert why in refused_before_anything(dev, typed)


def test_with_a_live_key_the_rider_s_card_is_left_to_a_person(dev: DevStage) -> None:
    dev.set_stripe_key("sk_live_1")
    said = prepared(f"{RIDER}\n{DRIVER}\nrk_live_restricted\n" + CODE * 2)
    assert said.exit_code == 0, said.output
    assert "add a card" in one_line(said)
    assert dev.product.cards == 0


@pytest.mark.parametrize("begun", [False, True])
def test_a_ride_without_people_is_a_sentence(dev: DevStage, begun: bool, ridden: Callable[[], Result]) -> None:
    if begun:
        dev.product.loses = 3
        prepared(TYPED)
    said = ridden()
    assert said.exit_code == 1
    assert f"There are no people in the secret {SECRET}: `--prepare` signs them up." in one_line(said)


def test_a_ride_that_the_api_refuses_ends_with_the_api_s_sentence_once(
    dev: DevStage, ridden: Callable[[], Result]
) -> None:
    prepared(TYPED + CODE * 2)
    dev.product.passwords[RIDER] = "another one"

    said = ridden()

    assert said.exit_code == 1
    assert said.stderr == "✗ sign in: No such account. (401 wrong_credentials, POST /v1/auth/login)\n"
    assert "No such account" not in said.stdout
    assert "Error" not in said.output


@pytest.fixture
def ridden() -> Callable[[], Result]:
    return lambda: CliRunner().invoke(app, ["ride", "--stage", "dev"])
