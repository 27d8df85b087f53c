"""The arrows that `arrows.toml` allows."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LIST = Path(__file__).with_name("arrows.toml")


@dataclass(frozen=True, slots=True)
class Allowed:
    """`circle` marks an arrow that goes against the order of the others."""

    source: str
    target: str
    by: Literal["import", "sql"]
    because: str
    circle: bool = False


def allowed(file: Path = LIST) -> list[Allowed]:
    """Raises `TypeError` or `KeyError` for an entry with a missing or an unknown field."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["arrow"]
    return [Allowed(entry.pop("from"), entry.pop("to"), **entry) for entry in entries]
