"""The base maps of markets: the ground of the console's maps, by `basemap` in a market's file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from infra.markets.folders import MARKETS, market_folders
from infra.markets.sections import MARKET, read_json


def tile_hosts(further: Path | None = None) -> set[str]:
    """The origins of all markets' tiles. The markets have no faults."""
    folders = [*market_folders(MARKETS), *(market_folders(further) if further else ())]
    told = (read_json(folder / MARKET).get("basemap") or {} for folder in folders)
    addresses = (urlsplit(each["pmtiles"]) for each in told if "pmtiles" in each)
    return {f"{address.scheme}://{address.netloc}" for address in addresses}
