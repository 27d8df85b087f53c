"""Every Lambda handler of the product, found in `functions/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


@dataclass(frozen=True)
class Operation:
    """One file of `functions/`: its context, its name, and its handler."""

    context: str
    name: str
    app: Any


def operations() -> Iterator[Operation]:
    """All of them, in the order of their names."""
    for path in sorted(FUNCTIONS.glob("*/*.py")):
        if path.stem != "__init__":
            module = import_module(f"functions.{path.parent.name}.{path.stem}")
            yield Operation(path.parent.name, path.stem, module.app)
