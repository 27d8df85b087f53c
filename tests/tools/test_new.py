"""`make new` writes a whole operation, in which only the use case is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT
from tools.new.operation import RefusedError, asked_for

LAYER = "layers/rideflow/python"
ROOMS = [
    *(".ci", "functions", "layers", "infra", "events", "tests", "tools", "local", "docs", "simulation"),
    *("packages", "benchmarks", "console"),
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with two new operations."""
    copy = tmp_path_factory.mktemp("checkout")
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for folder in ROOMS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=left_out)
    for file in filter(Path.is_file, ROOT.iterdir()):
        shutil.copy(file, copy)
    made = [
        ["riders/put_consent", "--method=PUT", "--route=/v1/riders/me/consents/{consent_id}"],
        ["trips/list_notes", "--route=/v1/trips/{trip_id}/notes"],
    ]
    for arguments, permission in zip(made, ["profile:write", "trip:read:any"], strict=True):
        done = run(copy, "-m", "tools.new", *arguments, f"--permission={permission}")
        assert done.returncode == 0, done.stderr
    return copy


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy: `tools.new` and the tests of the copy read the copy's code."""
    sources = (".", LAYER, "packages/stripe-double/src", "packages/localstack-runtime/src")
    paths = {"PYTHONPATH": os.pathsep.join(str(checkout / source) for source in sources)}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=checkout,
        capture_output=True,
        text=True,
        env={**_inherited(), **paths},
    )


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}


def test_written_operations_pass_the_tests_of_every_operation(checkout: Path) -> None:
    """They check its arguments, roles and table entries. Only its own test fails until the use case is written."""
    selected = "put_consent or list_notes or every_handler_has_its_cases or is_in_the_table"
    done = run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", selected,
        "tests/functions/test_arguments.py", "tests/functions/test_permissions.py",
        "tests/functions/riders/test_put_consent.py",
    )  # fmt: skip

    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == ["tests/functions/riders/test_put_consent.py::test_put_consent_answers_its_example"], done.stdout
    assert "riders/put_consent is not written yet" in done.stdout
    cases, roles_and_a_refusal, tables = 2, 2 * (5 + 1), 2
    assert f"1 failed, {cases + roles_and_a_refusal + tables} passed" in done.stdout


def test_written_operations_are_in_the_contracts(checkout: Path) -> None:
    assert '"/v1/riders/me/consents/{consent_id}"' in (checkout / "docs/openapi.json").read_text()


def test_written_files_are_formatted(checkout: Path) -> None:
    for arguments in (["format", "--check", "."], ["check", "."]):
        done = run(checkout, "-m", "ruff", *arguments)
        assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_written_files_are_typed_and_their_test_passes_with_a_use_case(checkout: Path) -> None:
    use_case = checkout / LAYER / "rideflow/riders/put_consent.py"
    text = use_case.read_text()
    (unwritten,) = (line.strip() for line in text.splitlines() if "is not written yet" in line)
    use_case.write_text(text.replace(unwritten, "return PutConsentView()"))
    new = ["functions/riders/put_consent.py", str(use_case), "infra/contexts/riders.py"]
    test = "tests/functions/riders/test_put_consent.py"

    for arguments in (["mypy", *new], ["pytest", "-q", "-p", "no:cacheprovider", test]):
        done = run(checkout, "-m", *arguments)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("key", "method", "route", "permission", "why"),
    [
        ("ridrs/get_consents", "GET", "/v1/riders/me/consents", "profile:write", "no context"),
        ("riders/GetConsents", "GET", "/v1/riders/me/consents", "profile:write", "lower case"),
        ("riders/get_profile", "GET", "/v1/riders/me/consents", "profile:write", "there already"),
        ("riders/get_consents", "FETCH", "/v1/riders/me/consents", "profile:write", "METHOD"),
        ("riders/get_consents", "GET", "riders/me/consents", "profile:write", "ROUTE"),
        ("riders/get_consents", "GET", "/v1/riders/<rider_id>", "profile:write", "ROUTE"),
        ("riders/get_consents", "GET", "/v1/riders/me/consents", "consent:read", "roles.json"),
    ],
)
def test_an_invalid_operation_is_refused_with_the_accepted_values(
    key: str, method: str, route: str, permission: str, why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        asked_for(ROOT, key, method, route, permission)


def test_a_refusal_writes_nothing(checkout: Path) -> None:
    before = sorted(path for path in checkout.rglob("*.py"))
    done = run(checkout, "-m", "tools.new", "riders/put_consent", "--route=/v1/x", "--permission=profile:write")

    assert done.returncode == 2
    assert done.stderr.strip() == "functions/riders/put_consent.py is there already."
    assert sorted(path for path in checkout.rglob("*.py")) == before
