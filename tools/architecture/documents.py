"""Documents that people write around generated blocks, and their links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

BEGIN, END = "<!-- generated -->", "<!-- /generated -->"
_BLOCK = re.compile(rf"{BEGIN}.*?{END}", re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_NAMES = re.compile(r"((?:`\w+`(?:, | and )?)+) in \[[^\]]*\]\(([^)#\s]+)\)")
"""As in: `fare` and `route_kept` in [a file](its link)."""
_ELSEWHERE = ("http://", "https://", "mailto:")


class UnmarkedDocumentError(Exception):
    """The document has fewer or more places than generated blocks."""


def with_blocks(text: str, *blocks: str) -> str:
    """The text with these blocks between its markers, in their order. Raises `UnmarkedDocumentError`."""
    if (places := len(_BLOCK.findall(text))) != len(blocks):
        raise UnmarkedDocumentError(f"needs `{BEGIN}` and `{END}` {len(blocks)} times, not {places}")
    left = iter(blocks)
    return _BLOCK.sub(lambda _: f"{BEGIN}\n\n{next(left).strip()}\n\n{END}", text)


def dead_links(files: Iterable[Path], root: Path) -> Iterator[str]:
    """A sentence for each relative link to a file or folder that is not in the checkout."""
    for file in files:
        for target in _LINK.findall(file.read_text(encoding="utf-8")):
            if not target.startswith(_ELSEWHERE) and not (file.parent / target).exists():
                yield f"{file.relative_to(root).as_posix()} links to {target}, which is not there"


def lost_names(files: Iterable[Path], root: Path) -> Iterator[str]:
    """A sentence for each name that a document attributes to a linked file which does not contain it."""
    for file in files:
        for names, target in _NAMES.findall(file.read_text(encoding="utf-8")):
            linked = file.parent / target
            text = linked.read_text(encoding="utf-8") if linked.is_file() else ""
            for name in re.findall(r"\w+", names.replace(" and ", " ")):
                if not re.search(rf"\b{name}\b", text):
                    yield f"{file.relative_to(root).as_posix()} places `{name}` in {target}, which does not have it"
