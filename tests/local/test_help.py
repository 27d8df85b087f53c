"""The help of the commands, and the table of them in the documents."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from benchmarks.__main__ import _PARTS
from local import paths
from local.cli import app


def test_help_names_every_command_and_the_first_one_to_use() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for command in ("up", "down", "status", "logs", "demo", "replay", "bench", "deploy", "synth"):
        assert f" {command} " in shown
    assert f"Begin with {paths.command('up')}" in shown


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Each command of the group as its words, and those of its groups. `bench` explains itself: `tests/benchmarks`."""
    for name, command in group.commands.items():
        if name != "bench":
            yield (*path, name)
            yield from commands(command, *path, name) if hasattr(command, "commands") else ()


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", list(commands(get_group(app))), ids=" ".join)
def test_help_of_a_command_fills_its_lines_and_gives_switches_no_values(command: tuple[str, ...], columns: int) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": str(columns)}).stdout

    assert "<bool>" not in shown
    text = [line.strip() for line in shown.partition("╭")[0].splitlines()]
    for line, following in pairwise(text):
        if line and following:
            assert len(f"{line} {following.split()[0]}") > columns - 2, line


def test_the_table_of_commands_in_the_documents_names_each_of_them_and_each_part_of_bench() -> None:
    table = _commands_told()
    parts = re.search(r"`rideflow bench \[--only ([^]]+)\]", table)

    assert set(re.findall(r"`rideflow (\w+)", table)) == set(get_group(app).commands)
    assert parts is not None
    assert parts[1].split("\\|") == list(_PARTS)


def test_the_table_of_commands_in_the_documents_names_each_option() -> None:
    """Those of commands within a command, such as `market new`, are told where the table refers to."""
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `rideflow (\w+).*$", _commands_told(), re.MULTILINE)}
    options = {
        name: {option for each in command.params for option in each.opts if option.startswith("--")}
        for name, command in get_group(app).commands.items()
    }

    assert sum(len(each) for each in options.values()) > 40
    for name, known in options.items():
        assert known - set(re.findall(r"--[a-z-]+", rows[name])) == set(), name


def _commands_told() -> str:
    document = (paths.ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    return document[document.index("| command |") : document.index("Where a figure of real demand")]
