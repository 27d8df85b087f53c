"""import-linter sees every file that it has rules for. In a package it overlooks a folder without `__init__.py`."""

import tomllib

import grimp
import pytest

from local.paths import ROOT

SOURCES = [ROOT, ROOT / "layers" / "rideflow" / "python", *ROOT.glob("packages/*/src")]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
WITHOUT_RULES = {"tests", "build", "cdk.out", "node_modules"}


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_of_a_room_is_overlooked_by_the_import_rules(room: str) -> None:
    (source,) = [source for source in SOURCES if (source / room).is_dir()]
    files = [file.relative_to(source).with_suffix("").parts for file in (source / room).rglob("*.py")]
    modules = {".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in files}
    assert modules - grimp.build_graph(room).modules == set()


def test_every_folder_with_code_is_a_room() -> None:
    found = {folder.name for source in SOURCES for folder in source.iterdir() if any(folder.glob("*.py"))}
    found |= {folder.name for folder in ROOT.iterdir() if any(folder.glob("*/*.py")) and folder.name[0] != "."}
    assert found - WITHOUT_RULES == set(ROOMS)
