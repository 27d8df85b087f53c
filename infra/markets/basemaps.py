"""`basemap` of a market's file: the ground of the console's maps.

`{"pmtiles": "https://…"}` is the address of a file of vector tiles. `{"folder": "basemap"}` is a folder of GeoJSON in
the market's own: its files are published beside the console, and no function gets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

SUFFIXES = (".geojson", ".json")
LARGEST_BYTES = 10_000_000
"""CloudFront compresses no larger file, and a browser would wait for it."""

_KINDS = frozenset(
    ["FeatureCollection", "Feature", "GeometryCollection"]
    + [f"{many}{shape}" for many in ("", "Multi") for shape in ("Point", "LineString", "Polygon")]
)


def _tiles(url: str) -> str:
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise ValueError("the address of a file of tiles begins with https:// and a host")
    if not address.path.endswith(".pmtiles"):
        raise ValueError("the address of a file of tiles ends in .pmtiles")
    if address.username or address.password or address.fragment or set(address.netloc) & set(";,' *"):
        raise ValueError("the address of a file of tiles has a host, a path and no more")
    return url


class Basemap(BaseModel):
    """One of both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    pmtiles: Annotated[str, AfterValidator(_tiles)] | None = None
    folder: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Basemap:
        if (self.pmtiles is None) == (self.folder is None):
            raise ValueError('is either {"pmtiles": "https://…"} or {"folder": "…"}')
        return self


def faults_of_folder(folder: Path, told: Any) -> Iterator[str]:
    """Faults of the GeoJSON that a market's file names."""
    if not isinstance(told, dict) or not isinstance(told.get("folder"), str):
        return
    where = folder / told["folder"]
    if not where.is_dir():
        yield f"{told['folder']}: is no folder"
        return
    yield from (f"{told['folder']}: {fault}" for fault in geojson_files(where)[1])


def geojson_files(folder: Path) -> tuple[list[Path], list[str]]:
    """The files of a folder, and what is wrong with them."""
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))
    faults = [f"{path.name} {fault}" for path in found if (fault := _fault(path))]
    return found, faults if found else [f"has no file that ends in {' or '.join(SUFFIXES)}"]


def tile_hosts(folders: list[Path]) -> set[str]:
    """The origins of all markets' tiles. The markets have no faults."""
    told = (json.loads((folder / "market.json").read_text(encoding="utf-8")).get("basemap") or {} for folder in folders)
    addresses = (urlsplit(each["pmtiles"]) for each in told if "pmtiles" in each)
    return {f"{address.scheme}://{address.netloc}" for address in addresses}


def _fault(path: Path) -> str | None:
    if path.stat().st_size > LARGEST_BYTES:
        return f"has more than {LARGEST_BYTES // 1_000_000} MB: make tiles of it"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return "is no JSON"
    kind = document.get("type") if isinstance(document, dict) else None
    return None if kind in _KINDS else "is no GeoJSON: it has no type of GeoJSON's"
