"""Which Chromium is taken: the one that is named, the one of set-up, the machine's."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import chromium
from local.chromium import NAMED, OLDEST, ChromiumMissingError, find_chromium
from tests.installing import install


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a Chromium, and a checkout without one: a folder with its `PATH` and `unpacked`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(NAMED, raising=False)
    monkeypatch.setattr(chromium, "UNPACKED", tmp_path / "unpacked")
    return tmp_path


def program(path: Path, says: str, needs_libraries: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    libraries = '[ -n "$LD_LIBRARY_PATH" ] || exit 127\n' if needs_libraries else ""
    path.write_text(f"#!/bin/sh\n{libraries}echo '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_one_of_set_up_comes_before_the_machines(machine: Path) -> None:
    program(machine / "bin" / "chromium", "Chromium 156.0.8078.73")
    own = program(machine / "unpacked" / "chromium", "Chromium 153.0.8010.0")

    found = find_chromium()

    assert (found.path, found.version()) == (own, 153)
    assert found.environment == {"FONTCONFIG_FILE": str(machine / "unpacked" / "fonts.conf")}


def test_libraries_that_the_machine_lacks_are_those_that_came_with_it(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    program(machine / "unpacked" / "chromium", "Chromium 153.0.8010.0", needs_libraries=True)

    assert find_chromium().environment["LD_LIBRARY_PATH"] == str(machine / "unpacked" / "al2023" / "lib")


def test_the_machines_is_taken_where_that_of_set_up_does_not_run(machine: Path) -> None:
    program(machine / "unpacked" / "chromium", "cannot execute").write_bytes(b"\x7fELF of another processor")
    browser = program(machine / "bin" / "google-chrome", "Google Chrome 156.0.8078.73 ")

    assert find_chromium().path == browser


def test_the_named_one_is_taken_and_no_other(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine / "unpacked" / "chromium", "Chromium 153.0.8010.0")
    named = program(machine / "mine", "Chromium 140.0.1.1")
    monkeypatch.setenv(NAMED, str(named))
    assert find_chromium().path == named

    program(named, f"Chromium {OLDEST - 1}.0.1.1")
    with pytest.raises(ChromiumMissingError, match=f"{NAMED} is .*mine.*no Chromium of version {OLDEST}"):
        find_chromium()


def test_a_machine_without_one_is_told_what_to_do(machine: Path) -> None:
    program(machine / "bin" / "chromium", "Chromium 90.0.4430.212")

    with pytest.raises(ChromiumMissingError, match=f"--browser-tools.*{NAMED}"):
        find_chromium()


def test_set_up_gives_this_machine_one_that_runs() -> None:
    install("browser-tools")

    assert (find_chromium().version() or 0) >= OLDEST
