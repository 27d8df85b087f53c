"""The ground of a market's map: the address of vector tiles, or GeoJSON files that are published beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.markets.basemaps import geojson_files
from infra.markets.sections import MARKET
from local.console.files import ConsoleError, File

BASEMAP_VARIABLE = "RIDEFLOW_BASEMAP"
"""A folder of GeoJSON that the first market gets on this machine, in place of its own ground."""


def of(folder: Path, instead: Path | None = None) -> tuple[dict[str, Any] | None, list[File]]:
    """What the market's file tells the console of its ground, and the files that belong to it.

    `instead` is a folder of GeoJSON that takes the place of the market's own. Raises `ConsoleError`.
    """
    told = json.loads((folder / MARKET).read_text(encoding="utf-8")).get("basemap") or {}
    if instead is None and "pmtiles" in told:
        return {"pmtiles": told["pmtiles"]}, []
    if instead is None and "folder" not in told:
        return None, []
    files = [
        File(f"markets/{folder.name}/{path.name}", path.read_bytes())
        for path in files_of(instead or folder / told["folder"])
    ]
    return {"geojson": [each.key for each in files]}, files


def files_of(folder: Path) -> list[Path]:
    """Raises `ConsoleError` if there is no such folder, or if it has no file, or one that is no GeoJSON."""
    found, faults = geojson_files(folder) if folder.is_dir() else ([], ["there is no such folder"])
    if faults:
        raise ConsoleError(f"{folder} is no ground for a map: {'; '.join(faults)}.")
    return found
