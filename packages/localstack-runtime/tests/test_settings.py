"""The settings and the README's list of them."""

import os
import re
from pathlib import Path

import pytest

from localstack_runtime import settings

README = Path(__file__).parents[1] / "README.md"
ROW = re.compile(r"^\| `(LOCALSTACK_RUNTIME_\w+)` \| (.+?) \|", re.MULTILINE)

MEANINGS = {
    "FUNCTION_PYTHON": (settings.function_python, "/opt/python", "/opt/python"),
    "FUNCTION_IMPORTS": (settings.function_imports, "json boto3", ("json", "boto3")),
    "FUNCTION_PROCESSES": (settings.function_processes, "3", 3),
    "FUNCTION_STARTS": (settings.function_starts, "7", 7),
    "FUNCTION_LOGS": (settings.function_logs, "/var/log/functions", Path("/var/log/functions")),
    "ENFORCE_POLICIES": (settings.policies_are_enforced, "0", False),
    "POSTGRES": (settings.postgres, "db:15432", settings.Address("db", 15432)),
    "REDIS": (settings.redis, "cache:16379", settings.Address("cache", 16379)),
    "MINISTACK_URL": (settings.ministack_url, "http://cognito", "http://cognito"),
    "WEBSOCKET_IDLE_SECONDS": (settings.websocket_idle_s, "1.5", 1.5),
    "WEBSOCKET_DURATION_SECONDS": (settings.websocket_duration_s, "30", 30),
}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("name", MEANINGS)
def test_a_variable_is_read_and_an_empty_one_counts_as_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, given, meant = MEANINGS[name]
    default = read()
    monkeypatch.setenv(settings.PREFIX + name, given)
    assert read() == meant != default
    monkeypatch.setenv(settings.PREFIX + name, "")
    assert read() == default


def test_the_readme_lists_every_setting_with_its_default() -> None:
    listed = {name.removeprefix(settings.PREFIX): default for name, default in ROW.findall(README.read_text())}
    assert set(listed) == set(MEANINGS)
    told = {name: default.strip("`") for name, default in listed.items() if default.startswith("`")}
    assert told == {name: shown(MEANINGS[name][0]()) for name in told}


def shown(value: object) -> str:
    if isinstance(value, settings.Address):
        return f"{value.host}:{value.port}"
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
