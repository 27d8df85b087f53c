"""Loads markets from folders. A folder with a `market.json` is a market; the folder's name is the market's id."""

from __future__ import annotations

import json
from pathlib import Path

from rideflow.markets.model import Market, Markets

_OF_MAPS = ("basemap", "view")

DEPLOYED = Path(__file__).parent
"""The folder of this module. A deployment may add markets, which its layer holds here too."""


def market_in(folder: Path) -> Market:
    """The market of the folder; only `market.json` is read. What it tells of maps is for them alone."""
    read = json.loads((folder / "market.json").read_text(encoding="utf-8"))
    told = {name: value for name, value in read.items() if name not in _OF_MAPS}
    lists = {name: tuple(told[name]) for name in ("languages", "vehicle_classes")}
    return Market(**{**told, **lists}, folder=folder)


def markets_in(*folders: Path) -> Markets:
    """The markets whose folders are in the given folders, in the order of their names."""
    found = sorted(
        (path.parent for folder in folders for path in folder.glob("*/market.json")), key=lambda each: each.name
    )
    return Markets(tuple(market_in(folder) for folder in found))
