"""The stack stays in its checkout: homes and temporary folders of servers, and modes of written files."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import caches, cdk, emulators, paths, postgres
from local.emulators import CREDENTIALS, REGION, start_cognito
from local.paths import ROOT, StackFolder
from local.processes import Server, ServerProcess, free_ports
from local.record import StackRecord
from localstack_runtime import settings
from tests.eventually import eventually

ODD = "Ride Flow's café 100% $HOME #1"
"""A folder's name with characters that are special in shells, Node's options, formats and URLs."""


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    return StackFolder(tmp_path / ODD)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (lambda folder: emulators.start_cognito(folder, 4567), {"STATE_DIR", "S3_DATA_DIR"}),
        (lambda folder: emulators.start_stripe(folder, 12111, "sk_test_1", "whsec_1"), set()),
        (
            lambda folder: emulators.start_localstack(
                folder, 4566, postgres="127.0.0.1:1", redis="127.0.0.1:2", cognito_url="http://127.0.0.1:4567"
            ),
            {"FILESYSTEM_ROOT"},
        ),
    ],
)
def test_a_server_is_told_no_place_outside_its_own_folder(
    folder: StackFolder, monkeypatch: pytest.MonkeyPatch, start: Any, told: set[str]
) -> None:
    servers: list[Server] = []
    monkeypatch.setattr(emulators, "ServerProcess", servers.append)
    monkeypatch.setattr(emulators, "_when", lambda *_: None)
    start(folder)
    (server,) = servers
    homes = {"HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"}
    for name in homes | told:
        assert (server.environment[name] or "").startswith(str(folder.data(server.name))), name
    assert server.environment["AWS_PROFILE"] is None
    assert server.discard == folder.data(server.name)


def told_to_localstack(folder: StackFolder, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    servers: list[Server] = []
    monkeypatch.setattr(emulators, "ServerProcess", servers.append)
    monkeypatch.setattr(emulators, "_when", lambda *_: None)
    emulators.start_localstack(folder, 4566, postgres="db:1", redis="cache:2", cognito_url="http://cognito:3")
    return {name: value for name, value in servers[0].environment.items() if value is not None}


def test_the_plugin_reads_the_settings_that_it_is_given(folder: StackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told_to_localstack(folder, monkeypatch).items():
        monkeypatch.setenv(name, value)
    assert (settings.postgres(), settings.redis()) == (settings.Address("db", 1), settings.Address("cache", 2))
    assert settings.ministack_url() == "http://cognito:3"
    assert settings.function_python() == str(paths.LAMBDA_PYTHON)
    assert settings.function_imports() == emulators.IMPORTED
    assert settings.function_logs() == folder.function_logs


def test_a_persons_settings_reach_the_plugin_but_no_other_part_of_localstack(
    folder: StackFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALSTACK_RUNTIME_FUNCTION_PROCESSES", "3")
    monkeypatch.setenv("LAMBDA_LIMITS_CONCURRENT_EXECUTIONS", "1")
    told = told_to_localstack(folder, monkeypatch)
    assert "LOCALSTACK_RUNTIME_FUNCTION_PROCESSES" not in told  # our plugin's variables stay
    assert told["LAMBDA_LIMITS_CONCURRENT_EXECUTIONS"] == ""


def test_cognitos_keys_are_its_users_alone_and_in_the_stacks_folder(folder: StackFolder) -> None:
    cognito = start_cognito(folder, free_ports(1)[0])
    try:
        client = boto3.client(
            "cognito-idp",
            endpoint_url=cognito.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_user_pool(PoolName="people")
        keys = list(folder.data("ministack").rglob("*.pem"))
        assert keys
        assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    finally:
        cognito.stop()


def test_a_servers_files_are_its_users_and_a_variable_may_be_taken_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    command = ["sh", "-c", 'cd "$0"; echo "${AWS_PROFILE-none}" > told; mkdir folder; sleep 600', str(tmp_path)]
    process = ServerProcess(Server("server", command, tmp_path / "log", environment={"AWS_PROFILE": None}))
    try:
        eventually((tmp_path / "folder").exists)
        assert (tmp_path / "told").read_text() == "none\n"
        assert (tmp_path / "told").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
    finally:
        process.stop()


@pytest.mark.parametrize(("user", "mode"), [(1000, 0o700), (0, 0o711)])
def test_a_stacks_folder_is_closed_to_others_also_one_that_was_open(
    folder: StackFolder, monkeypatch: pytest.MonkeyPatch, user: int, mode: int
) -> None:
    folder.logs.mkdir(mode=0o755, parents=True)
    monkeypatch.setattr("os.geteuid", lambda: user)
    folder.prepare()
    assert (folder.state.stat().st_mode & 0o777, folder.logs.stat().st_mode & 0o777) == (mode, 0o700)


def test_the_record_of_a_stack_which_holds_keys_is_its_users_alone(tmp_path: Path) -> None:
    url = "http://127.0.0.1"
    record = StackRecord(1, url, url, url, url, url, stripe_api_key="sk_test_1", stripe_webhook_secret="whsec_1")
    (tmp_path / "stack.new").touch(0o644)
    record.save(tmp_path / "stack.json")
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "stack.json").read_text())["pid"] == 1


def test_a_persons_options_of_node_stand_and_ours_are_no_text_to_be_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--max-old-space-size=512")
    script = tmp_path / ODD / "first.cjs"
    script.parent.mkdir()
    script.write_text("console.log(process.env.NODE_OPTIONS)")
    command = [*cdk._program("cdklocal", "--require", str(script)), "--version"]
    done = subprocess.run(
        command, env=cdk.local_environment("http://127.0.0.1:4566"), capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("--max-old-space-size=512\n")


def test_the_local_deploy_reads_no_home_and_leaves_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("CDK_HOME", raising=False)
    environment = cdk.local_environment("http://127.0.0.1:4566")
    for name in ("HOME", "XDG_CACHE_HOME", "CDK_HOME", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
        assert environment[name].startswith(str(caches.CACHE)), name


def test_bytecode_is_kept_although_a_person_has_switched_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(caches, "variables", dict)
    caches.keep()
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ


def test_postgres_runs_from_a_private_copy_if_its_own_path_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(postgres, "EXPANDED", {"/"})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    postgres._binaries.cache_clear()
    try:
        copy = postgres._binaries(None)
        postgres._binaries.cache_clear()
        assert postgres._binaries(None) == copy, "it is found again"
        assert copy.is_relative_to(tmp_path)
        assert subprocess.run([copy / "postgres", "--version"], check=True, capture_output=True).stdout
    finally:
        postgres._binaries.cache_clear()


def test_a_hint_names_the_command_as_it_can_be_typed_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = paths.VENV / "bin" / "rideflow"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(ROOT)
    assert paths.command("up") == ".venv/bin/rideflow up"
    monkeypatch.chdir(ROOT / "docs")
    assert paths.command("up") == "../.venv/bin/rideflow up"
    monkeypatch.chdir(tmp_path)
    assert paths.command() == str(script)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    assert paths.command("up") == "rideflow up"
