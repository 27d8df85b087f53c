"""The wheel beside LocalStack, as a stranger installs it, without the folder that it was made from."""

import json
import os
import subprocess
import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from running_localstack import LOCALSTACK_PYTHON

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src" / "localstack_runtime"

IMPORTS_ALL = """
import importlib, importlib.metadata, json, pkgutil, sys, localstack_runtime
sys.path.append(f"{localstack_runtime.__path__[0]}/lambda_executor")  # `fork_server` is a program and starts there
names = [each.name for each in pkgutil.walk_packages(localstack_runtime.__path__, "localstack_runtime.")]
files = {name: importlib.import_module(name).__file__ for name in names}
(wheel,) = [each for each in importlib.metadata.distributions(path=[FOLDER]) if each.name == "localstack-runtime"]
for each in wheel.entry_points:
    each.load()
print(json.dumps(files))
"""

MEETS_REQUIREMENTS = """
import importlib.metadata, json
from packaging.requirements import Requirement
unmet, met = [], []
for line in importlib.metadata.PathDistribution.at(FOLDER).requires or []:
    wanted = Requirement(line)
    if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
        found = importlib.metadata.version(wanted.name)
        (met if wanted.specifier.contains(found) else unmet).append(f"{wanted} is wanted, {found} is there")
print(json.dumps([unmet, met]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel in it, which LocalStack's interpreter finds before all others."""
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(build, check=True, capture_output=True, cwd=PROJECT)
    (wheel,) = wheels.glob("*.whl")
    install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--target", str(folder)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return folder


def metadata(installed: Path) -> Distribution:
    (folder,) = installed.glob("localstack_runtime-*.dist-info")
    return PathDistribution(folder)


def beside_localstack(program: str, installed: Path) -> str:
    command = [LOCALSTACK_PYTHON, "-c", f"FOLDER = {str(installed)!r}\n{program}"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=installed)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_is_in_the_wheel(installed: Path) -> None:
    def files(folder: Path) -> set[Path]:
        found = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
        return {file for file in found if file.suffix != ".pyc"}

    assert files(installed / "localstack_runtime") == files(SOURCE)


def test_every_module_and_entry_point_can_be_imported_beside_localstack(installed: Path) -> None:
    imported: dict[str, str] = json.loads(beside_localstack(IMPORTS_ALL, installed).splitlines()[-1])
    assert len(imported) == len([*SOURCE.rglob("*.py")]) - 1  # and the package itself
    assert all(Path(file).is_relative_to(installed) for file in imported.values())


def test_localstack_is_offered_an_executor_a_hook_and_six_services(installed: Path) -> None:
    offered: dict[str, set[str]] = {}
    for each in metadata(installed).entry_points:
        offered.setdefault(each.group, set()).add(each.name.partition(":")[0])
    services = {"apigatewayv2", "appconfig", "cognito-idp", "dynamodb", "dynamodbstreams", "kinesis"}
    assert offered == {
        "localstack.lambda.runtime_executor": {"process"},
        "localstack.hooks.on_infra_start": {"localstack_runtime_install"},
        "localstack.aws.provider": services,
    }


def test_the_environment_of_the_tests_has_the_versions_that_the_package_asks_for(installed: Path) -> None:
    (folder,) = installed.glob("*.dist-info")
    told = beside_localstack(MEETS_REQUIREMENTS.replace("FOLDER", repr(str(folder))), installed)
    unmet, met = json.loads(told.splitlines()[-1])

    assert unmet == []
    assert met
