"""The index of the decision records: `docs/adr/README.md`, from the first lines of each record.

A record begins with `# 84. Its title`, and then says its state and since when, as in
`*Accepted 2026-11-28; amended by ADR 118.*`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

FOLDER = ROOT / "docs" / "adr"
_FILE = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_HEAD = re.compile(r"# (\d+)\. (.+)\n\n\*(Accepted|Superseded) (\d{4}-\d\d-\d\d)(?:; ([^*]+))?\.\*\n")


class MalformedRecordError(Exception):
    """A record's first lines lack a field of the index; the message names the file."""


@dataclass(frozen=True)
class Record:
    """`note` names the later records that change it."""

    file: str
    number: int
    title: str
    state: str
    since: str
    note: str


def records(folder: Path = FOLDER) -> list[Record]:
    """Every record in the order of their numbers. Raises `MalformedRecordError`."""
    return [_record(path) for path in sorted(folder.glob("*.md")) if path.name != "README.md"]


def _record(path: Path) -> Record:
    named = _FILE.fullmatch(path.name)
    head = _HEAD.match(path.read_text(encoding="utf-8"))
    if not named or not head or int(named[1]) != int(head[1]):
        raise MalformedRecordError(
            f"docs/adr/{path.name} must be named NNNN-words.md and begin with `# NNNN. Title`, an empty line, and"
            " `*Accepted YYYY-MM-DD.*`"
        )
    return Record(path.name, int(head[1]), head[2], head[3].lower(), head[4], head[5] or "")


def index(found: Sequence[Record]) -> str:
    rows = "".join(
        f"| {each.number} | [{each.title}]({each.file}) | {each.since} | {each.state}"
        f"{f'; {each.note}' if each.note else ''} |\n"
        for each in found
    )
    return (
        "# Decision records\n\n"
        "Why things are as they are, one page each. `make docs` writes this list.\n\n"
        f"| | decision | date | status |\n|---|---|---|---|\n{rows}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.adr_index", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if the file is not what the records say")
    asked = parser.parse_args(arguments)
    try:
        text = index(records())
    except MalformedRecordError as error:
        print(error, file=sys.stderr)
        return 1
    file = FOLDER / "README.md"
    if asked.check:
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return 0
        print("docs/adr/README.md is not what the records say; run: make docs", file=sys.stderr)
        return 1
    file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
