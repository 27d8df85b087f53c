"""Market folders: they are found, and validated together before they are deployed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infra.markets.areas import Feature, faults_together, features_of, view_faults
from infra.markets.sections import (
    AREAS,
    MARKET,
    SECTIONS,
    FileFaultError,
    faults_between,
    read_json,
    sections_of,
)

MARKETS = Path(__file__).resolve().parents[2] / "layers" / "rideflow" / "python" / "rideflow" / "markets"
"""The product's own."""

_FILES = {*SECTIONS, AREAS}


class MarketFaultsError(ValueError):
    """Markets that cannot be deployed; the message names the file of each fault."""


def market_folders(folder: Path) -> list[Path]:
    """The folder itself if it is a market's, else the markets' folders in it."""
    if any((folder / file).exists() for file in _FILES):
        return [folder]
    return sorted(path for path in folder.glob("*/") if any((path / file).exists() for file in _FILES))


def deployed_folders(further: Path | None = None) -> list[Path]:
    """The folders of the product's markets, and of the further ones."""
    return [*market_folders(MARKETS), *(market_folders(further) if further else ())]


def check(further: Path | None = None) -> None:
    """Raises `MarketFaultsError` with everything that is wrong with the product's markets and the further ones."""
    found = faults(further)
    if found:
        raise MarketFaultsError("\n".join(["These markets cannot be deployed:", *found]))


def faults(further: Path | None = None, own: Path = MARKETS) -> list[str]:
    """Faults, file by file. Relations between files and between areas are checked only for files without faults."""
    folders = market_folders(own)
    if further is not None and further.resolve() != own.resolve():
        more = market_folders(further)
        if not more:
            return [f"{further}: there is no market's folder, one that has a {MARKET}"]
        folders += [folder for folder in more if folder.resolve() not in {each.resolve() for each in folders}]
    found = [f"{folder}: another folder of a market has the same name" for folder in _again(folders)]
    features: dict[str, list[Feature]] = {}
    for folder in folders:
        found += [f"{folder.name}/{file}: is no file of a market" for file in _unknown(folder)]
        documents = sections_of(folder, found)
        found += faults_between(folder, documents)
        features[folder.name] = features_of(folder, found)
        found += view_faults(folder.name, documents.get(MARKET, {}).get("view"), features[folder.name])
    return found or list(faults_together(features))


def _again(folders: Sequence[Path]) -> list[Path]:
    names = [folder.name for folder in folders]
    return [folder for number, folder in enumerate(folders) if folder.name in names[:number]]


def _unknown(folder: Path) -> list[str]:
    """What the functions' layer would carry for nothing. A base map's folder is not among it."""
    known = {*_FILES, *basemap_folder(folder)}
    return sorted(path.name for path in folder.iterdir() if path.name not in known and not path.name.startswith("."))


def basemap_folder(folder: Path) -> list[str]:
    """The name of the folder of GeoJSON that the market names, if it names one."""
    try:
        told = read_json(folder / MARKET).get("basemap") or {}
    except (FileFaultError, AttributeError):
        return []
    return [told["folder"]] if isinstance(told, dict) and isinstance(told.get("folder"), str) else []
