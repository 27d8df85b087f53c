"""`python -m tools.architecture`: writes the generated parts of `docs/architecture.md` and `docs/contexts/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from local.paths import ROOT
from tools.architecture.code_map import code_map
from tools.architecture.documents import UnmarkedDocumentError, dead_links, lost_names, with_blocks
from tools.architecture.pages import Facts, block, contexts
from tools.architecture.picture import picture
from tools.arrows.allowed import allowed

OVERVIEW, PAGES = Path("docs") / "architecture.md", Path("docs") / "contexts"


def blocks(root: Path = ROOT) -> dict[Path, tuple[str, ...]]:
    """The generated blocks of each document, by the document's path in the checkout."""
    facts, rooms = Facts.of(root), contexts(root)
    pages = {PAGES / f"{room}.md": (block(room, facts),) for room in rooms}
    return {OVERVIEW: (picture(rooms, allowed()), code_map(root)), **pages}


def stale(generated: Mapping[Path, tuple[str, ...]], root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Outdated documents, with the text that they should have.

    Raises `UnmarkedDocumentError` for a document that is missing or has no places for its blocks.
    """
    for path, texts in generated.items():
        file = root / path
        if not file.exists():
            raise UnmarkedDocumentError(f"{path.as_posix()} is missing: every context has a page")
        written = file.read_text(encoding="utf-8")
        try:
            whole = with_blocks(written, *texts)
        except UnmarkedDocumentError as error:
            raise UnmarkedDocumentError(f"{path.as_posix()} {error}") from None
        if whole != written:
            yield path, whole


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.architecture", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a document is stale or a link is dead")
    asked = parser.parse_args(arguments)
    generated = blocks()
    try:
        found = list(stale(generated))
    except UnmarkedDocumentError as error:
        print(error, file=sys.stderr)
        return 1
    documents = [ROOT / path for path in generated]
    faults = [*dead_links(documents, ROOT), *lost_names(documents, ROOT)]
    if asked.check:
        faults += [f"{path.as_posix()} is not what the code says; run: make docs" for path, _ in found]
    else:
        for path, text in found:
            (ROOT / path).write_text(text, encoding="utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
