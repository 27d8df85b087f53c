"""What commands do with the console: whose origin the API is told, what is published when, and the printed link."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from local import cdk, setup
from local.cli import app
from local.cloud import Cloud
from local.commands import console as console_commands
from local.commands import deploy as deploy_command
from local.commands import release as release_command
from local.commands import status as status_command
from local.commands.status import login_url
from local.console import operator, publishing
from local.console.basemaps import BASEMAP_VARIABLE
from local.console.files import ConsoleError
from local.console.operator import EMAIL
from local.deploy import publish_console
from local.paths import StackFolder
from local.record import StackRecord
from local.stack import Stack

NAMED = "https://d1.cloudfront.net"


def record(**more: Any) -> StackRecord:
    addresses = dict.fromkeys(
        ("database_url", "redis_url", "cognito_url", "stripe_url", "stripe_api_key", "stripe_webhook_secret"), "there"
    )
    return StackRecord(**{"pid": 1, "endpoint_url": "http://127.0.0.1:1", **addresses, **more})


class Stacks:
    """CloudFormation's outputs. The console's stack is there once the CDK has run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, url: str | None = None, names: str = f"{NAMED}/") -> None:
        self.url, self._names = url, names
        self.runs: list[tuple[str | None, str | None]] = []
        self.fails_at: int | None = None
        monkeypatch.setattr(cdk, "deploy_aws", self._deploy)
        monkeypatch.setattr(console_commands, "_url", lambda _: self.url)

    def deploy(self) -> None:
        deploy_command._deploy_stacks(Cloud("dev", lambda _: None), asks=False)

    def _deploy(self, stage: str, *, asks: bool, console_origin: str | None = None, only: str | None = None) -> int:
        assert (stage, asks) == ("dev", False)
        self.runs.append((console_origin, only))
        if len(self.runs) == self.fails_at:
            return 1
        self.url = self._names
        return 0


def test_a_first_deploy_tells_the_api_the_name_that_cloudfront_gave_the_console(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stacks = Stacks(monkeypatch)
    stacks.deploy()
    assert stacks.runs == [(None, None), (NAMED, "api")]


def test_later_deploys_know_the_name_and_deploy_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks(monkeypatch, url=f"{NAMED}/")
    stacks.deploy()
    assert stacks.runs == [(NAMED, None)]


def test_a_deploy_that_died_between_both_is_mended_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = Stacks(monkeypatch)
    stacks.fails_at = 2
    with pytest.raises(typer.Exit):
        stacks.deploy()
    stacks.deploy()
    assert stacks.runs[-1] == (NAMED, None)


def test_the_second_deploy_is_of_the_apis_stack_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(subprocess, "run", run)
    cdk.deploy_aws("dev", asks=False, console_origin=NAMED, only="api")

    (command,) = commands
    assert command[command.index("deploy") + 1 :][:2] == ["RideFlow-dev-api", "--exclusively"]
    assert f"console_origin={NAMED}" in command
    assert "--all" not in command


class Pool(http.server.BaseHTTPRequestHandler):
    """Cognito's sign-in, which knows the operator once somebody has appointed them."""

    appointed: bool = False
    fails_with: bytes | None = None
    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(told)
        assert self.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
        if (said := type(self).fails_with) is not None:
            self.send_response(500)
            self.end_headers()
            self.wfile.write(said)
            return
        known = type(self).appointed
        answer = (
            {"AuthenticationResult": {"RefreshToken": f"token-{len(self.asked)}"}}
            if known
            else {"__type": "UserNotFoundException"}
        )
        self.send_response(200 if known else 400)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Pool.appointed, Pool.asked = False, []
    monkeypatch.setattr(operator, "_appoint", lambda _: setattr(Pool, "appointed", True))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pool) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_link_signs_in_an_operator_who_is_made_for_the_first_one(pool: str) -> None:
    running = record(
        endpoint_url=pool, console_url="http://localhost:1/x/", user_pool_client_id="client", operator_password="secret"
    )

    assert login_url(running) == "http://localhost:1/x/#signin=token-2"
    assert login_url(running) == "http://localhost:1/x/#signin=token-3", "each link has a session of its own"
    assert Pool.asked[-1] == {
        "ClientId": "client",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": "secret"},
    }


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"]])
def test_a_pool_that_does_not_answer_is_a_sentence(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    there = record(rest_url="http://127.0.0.1:1/rest", console_url="http://localhost:1/x/")
    monkeypatch.setattr(status_command, "running_stack", lambda: there)

    told = CliRunner().invoke(app, arguments)

    assert (told.exit_code, type(told.exception)) == (1, SystemExit)
    assert "The user pool at http://127.0.0.1:1 does not answer" in " ".join(told.stderr.split())


@pytest.mark.parametrize("said", [b"<html>", b"[]", b'{"__type": "InternalErrorException"}'])
def test_a_pool_that_fails_is_not_taken_for_one_that_does_not_know_the_operator(
    pool: str, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pool, "fails_with", said)

    with pytest.raises(ConsoleError, match="it answers with 500"):
        login_url(record(endpoint_url=pool, console_url="http://localhost:1/x/"))
    assert not Pool.appointed


def test_addresses_of_the_pages_are_lines_of_their_own(pool: str, capsys: pytest.CaptureFixture[str]) -> None:
    status_command.show_console(
        record(endpoint_url=pool, console_url="http://localhost:1/x/", user_pool_client_id="c", operator_password="s")
    )

    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line.partition("=")[0] for line in told if line.startswith("http")] == [
        "http://localhost:1/x/#signin",
        "http://localhost:1/x/#/ride",
        "http://localhost:1/x/#/drive",
    ]


def test_an_app_without_a_console_has_no_link() -> None:
    assert login_url(record()) is None


def test_a_ground_that_is_none_stops_the_start(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["up", "--basemap", str(tmp_path)])

    assert told.exit_code == 1
    assert "has no file that ends in .geojson or .json" in " ".join(told.stderr.split())


def test_a_deploy_from_another_shell_keeps_the_ground_with_which_the_stack_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Path | None] = []
    monkeypatch.setattr(publishing, "publish", lambda *_, basemap, **__: published.append(basemap))
    monkeypatch.setenv(BASEMAP_VARIABLE, str(tmp_path))
    stack = Stack(StackFolder(tmp_path / "state"), lambda _: None)
    started = replace(stack._addresses(), console_url="http://localhost:1/x/")
    monkeypatch.delenv(BASEMAP_VARIABLE)

    publish_console(started)
    publish_console(replace(started, basemap=None))

    assert published == [tmp_path, None]


def test_a_console_is_built_again_when_a_source_changes_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, made = tmp_path / "console", []
    (folder / "src" / "api" / "generated").mkdir(parents=True)
    (folder / "dist").mkdir()
    (folder / "node_modules").mkdir()
    (tmp_path / "docs").mkdir()
    for name in ("package.json", "package-lock.json", "vite.config.ts", "src/main.tsx", "src/api/generated/rest.ts"):
        (folder / name).write_text("1")
    for name in ("openapi.json", "asyncapi.json"):
        (tmp_path / "docs" / name).write_text("{}")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "CONSOLE", folder)
    monkeypatch.setattr(setup, "STATE", tmp_path)
    monkeypatch.setattr(setup, "SCRATCH", tmp_path / "setup")
    monkeypatch.setattr(setup, "make_node_modules", lambda _: made.append("tools"))
    monkeypatch.setattr(setup, "build_console", lambda: made.append("build"))

    def after(*changed: str) -> list[str]:
        made.clear()
        for name in changed:
            (tmp_path / name).write_text("2")
        setup.make(setup.console())
        return list(made)

    assert after() == ["tools", "build"]
    assert after() == []
    assert after("console/src/api/generated/rest.ts") == [], "it is written by the build itself"
    for source in ("console/src/main.tsx", "console/src/new.tsx", "console/vite.config.ts", "docs/openapi.json"):
        assert after(source) == ["build"], source
    assert after("console/package-lock.json") == ["tools", "build"]
    (folder / "src" / "new.tsx").unlink()
    assert after() == ["build"]


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a release does on AWS, in order."""
    done: list[str] = []

    def publish(_cloud: Cloud) -> str:
        done.append("publish")
        return f"{NAMED}/"

    monkeypatch.setattr(release_command, "carry_out", lambda stage: done.append(f"release {stage.value}"))
    monkeypatch.setattr(console_commands, "cloud_of", lambda stage: Cloud(stage.value, lambda _: None))
    monkeypatch.setattr(console_commands, "_url", lambda _: f"{NAMED}/")
    monkeypatch.setattr(console_commands, "build_console", lambda: done.append("build"))
    monkeypatch.setattr(console_commands, "_publish", publish)
    return done


def test_a_release_publishes_the_console_once_it_is_live(order: list[str]) -> None:
    told = CliRunner().invoke(app, ["release", "--stage", "prod"])

    assert (told.exit_code, order) == (0, ["release prod", "build", "publish"])
    assert f"The console is at {NAMED}/" in told.stdout


def test_a_release_publishes_the_further_markets_with_which_it_was_deployed(
    order: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(cdk.MARKETS_VARIABLE, "")
    published: list[Path | None] = []

    def publish(_cloud: Cloud) -> str:
        published.append(cdk.further_folder())
        return f"{NAMED}/"

    monkeypatch.setattr(console_commands, "_publish", publish)

    told = CliRunner().invoke(app, ["release", "--stage", "prod", "--markets", str(tmp_path)])

    assert (told.exit_code, published, order) == (0, [tmp_path], ["release prod", "build"])


def test_a_release_that_is_taken_back_publishes_nothing(order: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def taken_back(_stage: object) -> None:
        raise typer.Exit(1)

    monkeypatch.setattr(release_command, "carry_out", taken_back)
    assert CliRunner().invoke(app, ["release", "--stage", "prod"]).exit_code == 1
    assert order == []


def test_a_release_whose_console_cannot_be_published_says_what_to_do(
    order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_cloud: object) -> str:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr(console_commands, "_publish", refused)
    told = CliRunner().invoke(app, ["release", "--stage", "prod"])

    assert told.exit_code == 1
    said = " ".join(told.stderr.split())
    assert "The release is live." in said
    assert "release --stage prod` publishes the console again" in said
    assert order == ["release prod", "build"]
