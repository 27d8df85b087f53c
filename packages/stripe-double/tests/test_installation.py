"""The wheel in an environment of its own, as a stranger installs it, without the folder that it was made from."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src" / "stripe_double"

IMPORTS_ALL = """
import importlib, json, pkgutil, stripe_double
names = [each.name for each in pkgutil.walk_packages(stripe_double.__path__, "stripe_double.")]
print(json.dumps({name: importlib.import_module(name).__file__ for name in names}))
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it; it borrows other packages from the one that runs the tests."""

    folder: Path

    def run(self, program: str, *arguments: str) -> str:
        command = [str(self.folder / "bin" / program), *arguments]
        stranger = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder, env=stranger)
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("environment")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(build, check=True, capture_output=True, cwd=PROJECT)
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    # Python does not search a folder of a .pth file for further .pth files, so editable installations are not borrowed.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (wheel,) = wheels.glob("*.whl")
    install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--python", str(folder)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return Installed(folder)


def test_every_module_is_in_the_wheel_and_can_be_imported_there(installed: Installed) -> None:
    imported: dict[str, str] = json.loads(installed.run("python", "-c", IMPORTS_ALL))
    assert {f"{name.rpartition('.')[2]}.py" for name in imported} == {
        file.name for file in SOURCE.glob("*.py") if file.name != "__init__.py"
    }
    assert all(Path(file).is_relative_to(installed.folder) for file in imported.values())


def test_the_command_is_installed(installed: Installed) -> None:
    assert "--webhook-secret" in installed.run("stripe-double", "--help")


def test_imported_packages_are_declared() -> None:
    """An undeclared package may be installed here for another reason, and would be missing for a stranger."""
    declared = {re.split(r"[^\w-]", line)[0] for line in requires("stripe-double") or [] if "extra ==" not in line}
    providers = packages_distributions()
    assert {name for name in imported_names() if not declared.intersection(providers.get(name, ["nobody"]))} == set()


def imported_names() -> set[str]:
    """Top-level names of the modules' imports, without the standard library and the package itself."""
    nodes = [node for file in SOURCE.glob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"stripe_double"}
