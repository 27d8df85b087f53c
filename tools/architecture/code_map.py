"""The code map: every module and migration of the product, with the first sentence of its docstring or comment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import groupby, takewhile
from pathlib import Path

_LAYER = Path("layers") / "rideflow" / "python" / "rideflow"
_FOLDERS = (_LAYER, Path("infra"), Path("local"), Path("simulation"), Path("benchmarks"), Path("tools"))
_SENTENCE_ENDS = re.compile(r"(?<=\.)\s")


def code_map(root: Path) -> str:
    """A list for each context and folder. A file that says nothing of itself is left out."""
    lists = []
    for folder in _FOLDERS:
        for room, modules in groupby(_modules(root, folder), key=lambda found: found[0]):
            lists.append(
                f"**{room}**\n\n" + "".join(f"- [{name}](../{path}): {said}\n" for _, name, path, said in modules)
            )
    return "\n".join(lists)


def _modules(root: Path, folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """The room, name, path and first sentence of each module, in the order of rooms."""
    for file in sorted([*(root / folder).rglob("*.py"), *(root / folder).rglob("migrations/*.sql")]):
        below = file.relative_to(root / folder)
        if len(below.parts) == 1 and folder == _LAYER:  # the package itself
            continue
        room = below.parts[0] if folder == _LAYER else folder.name
        name = below.as_posix() if folder == _LAYER else (folder / below).as_posix()
        if said := _first_sentence(file):
            yield room, name, (folder / below).as_posix(), said


def _first_sentence(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    told = (ast.get_docstring(ast.parse(text)) or "") if file.suffix == ".py" else _leading_comment(text)
    paragraph = " ".join(told.split("\n\n")[0].split())
    return _SENTENCE_ENDS.split(paragraph)[0]


def _leading_comment(sql: str) -> str:
    lines = takewhile(lambda line: line.startswith("--"), sql.splitlines())
    return "\n".join(line.removeprefix("--").strip() for line in lines)
