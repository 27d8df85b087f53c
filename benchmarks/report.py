"""The bench as a table for people and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

from rich.table import Table


def tables(title: str, rows: Sequence[Any]) -> Iterator[Table]:
    """One table for each kind of row, under the kind's own `TABLE` if it has one."""
    for kind, alike in groupby(rows, type):
        yield table(getattr(kind, "TABLE", title), list(alike))


def table(title: str, rows: Sequence[Any]) -> Table:
    """A table of dataclasses of one kind; its columns are their fields."""
    drawn = Table(title=title, title_justify="left", box=None)
    names = [field.name for field in fields(rows[0])] if rows else []
    for name in names:
        drawn.add_column(name, justify="left" if name == "name" else "right")
    for row in rows:
        drawn.add_row(*(str(getattr(row, name)) for name in names))
    return drawn
