"""The ground of a market's map: the address of vector tiles, or GeoJSON files that are published beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.markets.sections import MARKET
from local.console.files import ConsoleError, File

SUFFIXES = (".geojson", ".json")


def of(folder: Path, instead: Path | None = None) -> tuple[dict[str, Any] | None, list[File]]:
    """What the market's file tells the console of its ground, and the files that belong to it.

    `instead` is a folder of GeoJSON that takes the place of the market's own. Raises `ConsoleError`.
    """
    told = json.loads((folder / MARKET).read_text(encoding="utf-8")).get("basemap") or {}
    if instead is None and "pmtiles" in told:
        return {"pmtiles": told["pmtiles"]}, []
    if instead is None and "folder" not in told:
        return None, []
    files = _files(instead or folder / told["folder"], f"markets/{folder.name}")
    return {"geojson": [each.key for each in files]}, files


def _files(folder: Path, below: str) -> list[File]:
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))
    if not found:
        raise ConsoleError(f"{folder} has no GeoJSON: files that end in {' or '.join(SUFFIXES)}.")
    return [File(f"{below}/{path.name}", path.read_bytes()) for path in found]
