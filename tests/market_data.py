"""Markets for tests: San Francisco as deployed, and variants of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from rideflow.markets.model import Market, Markets
from rideflow.markets.wiring import markets
from rideflow.markets.zones import ServiceAreas, read_areas

DEPLOYED = markets()
SAN_FRANCISCO = DEPLOYED.named("san_francisco")

type Recut = Callable[[ServiceAreas], ServiceAreas]


@dataclass(frozen=True, eq=False)
class _Recut(Market):
    """A market with changed areas of its file."""

    recut: Recut

    @cached_property
    def areas(self) -> ServiceAreas:
        return self.recut(read_areas(self.folder / "areas.geojson", self))


def recut(change: Recut, **differs: str) -> Market:
    """San Francisco with other areas, and optionally another id, currency or time zone."""
    told = {each.name: getattr(SAN_FRANCISCO, each.name) for each in fields(Market)}
    return _Recut(**{**told, **differs, "recut": change})


def only(change: Recut) -> Markets:
    """Markets with only San Francisco, with other areas."""
    return Markets((recut(change),))


def market_folder(parent: Path, name: str, **sections: Any) -> Path:
    """A copy of San Francisco's folder under that name.

    A section, such as `rates={"products": {...}}`, replaces the members of the file that it names. Its map has no view
    of its own, since tests move its areas.
    """
    folder = parent / name
    shutil.copytree(SAN_FRANCISCO.folder, folder)
    for section, members in ({"market": {}} | sections).items():
        file = folder / ("areas.geojson" if section == "areas" else f"{section}.json")
        document = json.loads(file.read_text(encoding="utf-8")) | members
        document.pop("view", None)
        file.write_text(json.dumps(document | ({"id": name} if section == "market" else {})), encoding="utf-8")
    return folder
