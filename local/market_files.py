"""Differences between two market folders, and a new folder copied from another."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.markets.folders import MARKETS
from infra.markets.sections import AREAS, MARKET, SECTIONS

type Json = Any

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LONGEST_NAME = 40
_SHOWN_AT_MOST = 60
_ABSENT = object()


class MarketFilesError(ValueError):
    """A folder cannot be read or made."""


@dataclass(frozen=True)
class Difference:
    """A value that two markets do not share. `in_one` and `in_other` say whether each has one at all."""

    path: str
    one: Json
    other: Json
    in_one: bool
    in_other: bool

    def __str__(self) -> str:
        sides = [_shown(value) if is_there else "-" for value, is_there in self._sides()]
        return f"{self.path}: {sides[0]} → {sides[1]}"

    def _sides(self) -> tuple[tuple[Json, bool], tuple[Json, bool]]:
        return (self.one, self.in_one), (self.other, self.in_other)


def folder_of(name_or_folder: str) -> Path:
    """The folder of a market by its name, or of one elsewhere by its path. Raises `MarketFilesError`."""
    for folder in (MARKETS / name_or_folder, Path(name_or_folder)):
        if (folder / MARKET).is_file():
            return folder
    raise MarketFilesError(f"{name_or_folder} is neither a market nor the folder of one.")


def differences(one: Path, other: Path) -> dict[str, list[Difference]]:
    """The differences by file; files without differences are left out. Raises `MarketFilesError`."""
    found = {}
    for file in (*SECTIONS, AREAS):
        values = [dict(_values(_read(folder / file))) for folder in (one, other)]
        differs = list(_differing(*values))
        if differs:
            found[file] = differs
    return found


def new_market(name: str, origin: Path, parent: Path) -> Path:
    """A copy of the folder under the new name, whose areas have ids of their own, without the other's view.

    Raises `MarketFilesError`.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise MarketFilesError(f"{name!r} is no name of a market: small letters, digits and single underscores.")
    folder = parent / name
    if folder.exists():
        raise MarketFilesError(f"{folder} exists.")
    areas, market = (_read(origin / file) for file in (AREAS, MARKET))
    ids = [feature["properties"]["id"] for feature in areas["features"]]
    try:
        shutil.copytree(origin, folder)
        _replace(folder / AREAS, {each: f"{name.replace('_', '-')}-{each}" for each in ids})
        _drop_view(folder / MARKET)
        _replace(folder / MARKET, {market["id"]: name, market["name"]: name.replace("_", " ").title()})
    except OSError as error:
        raise MarketFilesError(f"{folder} cannot be made: {error.strerror}.") from None
    return folder


def _drop_view(file: Path) -> None:
    """The copy's map shows all of its areas, wherever they are moved to."""
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r',\s*"view"\s*:\s*\{[^{}]*\}', "", text), encoding="utf-8")


def _replace(file: Path, names: Mapping[str, str]) -> None:
    """Replace each name in quotes by the other one; the file keeps its formatting."""
    text = file.read_text(encoding="utf-8")
    quoted = re.compile("|".join(re.escape(json.dumps(name)) for name in names))
    file.write_text(quoted.sub(lambda found: json.dumps(names[json.loads(found[0])]), text), encoding="utf-8")


def _read(path: Path) -> Json:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MarketFilesError(f"{path} cannot be read: {error}") from None


def _values(document: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every value with its path. A feature's path is made of its kind and id, and its geometry is one value."""
    if isinstance(document, dict) and document.get("type") == "Feature":
        properties = document.get("properties", {})
        name = f"{properties.get('kind')} {properties.get('id')}"
        yield f"{name}: geometry", document.get("geometry")
        yield from _values({key: value for key, value in properties.items() if key not in ("kind", "id")}, name)
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from _values(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from _values(value, f"{path}.{number}")
    else:
        yield path, document


def _differing(one: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Difference]:
    for path in dict.fromkeys((*one, *other)):
        sides = one.get(path, _ABSENT), other.get(path, _ABSENT)
        if sides[0] != sides[1]:
            values = [None if side is _ABSENT else side for side in sides]
            yield Difference(path, values[0], values[1], sides[0] is not _ABSENT, sides[1] is not _ABSENT)


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[: _SHOWN_AT_MOST - 1]}…"
