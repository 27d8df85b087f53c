"""The files of all cities together: read, and judged before they are deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import NoReturn

from infra.areas.features import (
    BlackoutProperties,
    City,
    FeatureFaultError,
    FifoProperties,
    FifoWaitingProperties,
    Json,
    Properties,
    ZoneProperties,
    city_of,
    properties_of,
    shape_of,
)
from infra.areas.geometry import Shape, overlap, shown, uncovered

_RIDEFLOW = Path(__file__).resolve().parents[2] / "layers" / "rideflow" / "python" / "rideflow"
CITIES = _RIDEFLOW / "kernel" / "cities"
_DATA_OF_CITIES = ("pricing/rates", "payments/terms", "trips/rules")


class AreaFilesError(ValueError):
    """Files that cannot be deployed; the message names file, feature and fault of each."""


@dataclass(frozen=True)
class _Feature:
    """A feature without a fault of its own. `where` names it in messages."""

    where: str
    properties: Properties
    shape: Shape


def check(folder: Path = CITIES) -> None:
    """Raises `AreaFilesError` with everything that is wrong with the folder's files."""
    found = faults(folder)
    if found:
        raise AreaFilesError("\n".join(["These service areas cannot be deployed:", *found]))


def faults(folder: Path = CITIES) -> list[str]:
    """What is wrong, file by file; how areas lie to each other is judged once each is right by itself."""
    found: list[str] = []
    features: list[_Feature] = []
    paths = sorted(folder.glob("*.geojson"))
    for path in paths:
        try:
            document, exact = _read(path)
            found += _faults_of_city(path, document)
            features += _features(path, document, exact, found)
        except FeatureFaultError as fault:
            found.append(f"{path.name}: {fault}")
    if not paths:
        found.append(f"{folder}: there is no *.geojson file")
    return found or list(_faults_together(features))


def _read(path: Path) -> tuple[Json, Json]:
    """The document, and once more with fractions where it has decimals."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text, parse_constant=_refuse_constant)
        exact = json.loads(text, parse_float=Fraction, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FeatureFaultError(f"is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FeatureFaultError('is no GeoJSON of areas: its type is not "FeatureCollection"')
    unknown = sorted(set(document) - {"type", "city", "features"})
    if unknown:
        raise FeatureFaultError(f"has an unknown member {unknown[0]!r}")
    if not isinstance(document.get("features"), list):
        raise FeatureFaultError("has no list of features")
    return document, exact


def _refuse_constant(name: str) -> NoReturn:
    raise FeatureFaultError(f"has {name}, which is no number in JSON")


def _faults_of_city(path: Path, document: Json) -> Iterator[str]:
    try:
        city = city_of(document)
    except FeatureFaultError as fault:
        yield f"{path.name}: city: {fault}"
        return
    if path.stem != city.id:
        yield f"{path.name}: city: the file of {city.id!r} is to be named {city.id}.geojson"
    if path.parent == CITIES:
        yield from _faults_of_data(path, city)


def _faults_of_data(path: Path, city: City) -> Iterator[str]:
    """A city has prices, rules and terms, or its first quote fails."""
    for folder in _DATA_OF_CITIES:
        file = _RIDEFLOW / folder / f"{city.id}.json"
        if not file.exists():
            yield f"{path.name}: city: there is no {folder}/{file.name}"
            continue
        currency = json.loads(file.read_text(encoding="utf-8")).get("currency", city.currency)
        if currency != city.currency:
            yield f"{path.name}: city: the currency is {city.currency}, in {folder}/{file.name} it is {currency}"


def _features(path: Path, document: Json, exact: Json, found: list[str]) -> Iterator[_Feature]:
    for number, (feature, its_exact) in enumerate(zip(document["features"], exact["features"], strict=True), 1):
        where = f"{path.name}: feature {number}{_named(feature)}"
        try:
            yield _Feature(where, properties_of(feature), shape_of(its_exact))
        except FeatureFaultError as fault:
            found.append(f"{where}: {fault}")


def _named(feature: Json) -> str:
    """`(zone "sf-bay")`, as far as it says so."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    return f" ({properties.get('kind')} {json.dumps(properties.get('id'))})"


def _faults_together(features: Sequence[_Feature]) -> Iterator[str]:
    """Ids, and how areas lie to each other."""
    first: dict[str, _Feature] = {}
    for feature in features:
        earlier = first.setdefault(feature.properties.id, feature)
        if earlier is not feature:
            yield f"{feature.where}: the id is that of {earlier.where}"
    zones = [each for each in features if isinstance(each.properties, ZoneProperties)]
    if not zones:
        yield "no file has a zone"
    yield from _overlaps(zones, "zones")
    for feature in features:
        if isinstance(feature.properties, BlackoutProperties) and not any(
            overlap(feature.shape, zone.shape) for zone in zones
        ):
            yield f"{feature.where}: lies outside every zone"
    yield from _faults_of_queues(features, zones)


def _faults_of_queues(features: Sequence[_Feature], zones: Sequence[_Feature]) -> Iterator[str]:
    pickups = {each.properties.id: each for each in features if isinstance(each.properties, FifoProperties)}
    waiting: dict[str, _Feature] = {}
    for feature in features:
        if isinstance(feature.properties, FifoWaitingProperties):
            of = feature.properties.fifo
            if of not in pickups:
                yield f"{feature.where}: there is no fifo {of!r}"
            elif of in waiting:
                yield f"{feature.where}: the fifo {of!r} has a waiting area, {waiting[of].where}"
            waiting.setdefault(of, feature)
    for fifo_id, fifo in pickups.items():
        for area in filter(None, (fifo, waiting.get(fifo_id))):
            yield from _faults_of_place(area, fifo, zones)
    yield from _overlaps(list(pickups.values()), "pickups of queues")
    yield from _overlaps([waiting.get(fifo_id, fifo) for fifo_id, fifo in pickups.items()], "waiting areas")


def _faults_of_place(area: _Feature, fifo: _Feature, zones: Sequence[_Feature]) -> Iterator[str]:
    """A queue is kept in one zone's Redis, so that both its areas lie in it."""
    assert isinstance(fifo.properties, FifoProperties)
    zone = next((each for each in zones if each.properties.id == fifo.properties.zone), None)
    if zone is None:
        yield f"{area.where}: there is no zone {fifo.properties.zone!r}"
        return
    if not any(overlap(area.shape, each.shape) for each in zones):
        yield f"{area.where}: lies outside every zone"
        return
    place = uncovered(area.shape, zone.shape)
    if place is not None:
        yield f"{area.where}: {shown(place)} lies outside its zone {fifo.properties.zone!r}"


def _overlaps(areas: Sequence[_Feature], what: str) -> Iterator[str]:
    """A place is dispatched by one zone and served by one queue."""
    for one, other in combinations(areas, 2):
        place = overlap(one.shape, other.shape)
        if place is not None:
            yield f"{other.where}: overlaps {one.where} at {shown(place)}; {what} may not"
