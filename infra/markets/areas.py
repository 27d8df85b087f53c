"""The areas of all markets together: each file is validated by itself, then the areas against each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path

from infra.markets.features import (
    BlackoutProperties,
    FeatureFaultError,
    FifoProperties,
    FifoWaitingProperties,
    Properties,
    ZoneProperties,
    properties_of,
    shape_of,
)
from infra.markets.geometry import Shape, overlap, shown, uncovered
from infra.markets.sections import AREAS, MARKET, FileFaultError, Json, read_json


@dataclass(frozen=True)
class Feature:
    """A feature without a fault of its own. `where` names it in messages."""

    where: str
    properties: Properties
    shape: Shape


def features_of(folder: Path, found: list[str]) -> list[Feature]:
    """The market's features without faults; the faults of the others go to `found`."""
    file = f"{folder.name}/{AREAS}"
    try:
        document, exact = _read(folder / AREAS)
    except FileFaultError as fault:
        found.append(f"{file}: {fault}")
        return []
    return list(_features(folder, document, exact, found))


def _read(path: Path) -> tuple[Json, Json]:
    """The document, and once more with fractions in the place of decimals."""
    document, exact = read_json(path), read_json(path, parse_float=Fraction)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileFaultError('is no GeoJSON of areas: its type is not "FeatureCollection"')
    unknown = sorted(set(document) - {"type", "features"})
    if unknown:
        raise FileFaultError(f"has an unknown member {unknown[0]!r}")
    if not isinstance(document.get("features"), list):
        raise FileFaultError("has no list of features")
    return document, exact


def _features(folder: Path, document: Json, exact: Json, found: list[str]) -> Iterator[Feature]:
    for number, (feature, its_exact) in enumerate(zip(document["features"], exact["features"], strict=True), 1):
        where = f"{folder.name}/{AREAS}: feature {number}{_named(feature)}"
        try:
            yield Feature(where, properties_of(feature), shape_of(its_exact))
        except FeatureFaultError as fault:
            found.append(f"{where}: {fault}")


def _named(feature: Json) -> str:
    """`(zone "sf-bay")`, with the parts that the feature has."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    return f" ({properties.get('kind')} {json.dumps(properties.get('id'))})"


def faults_together(markets: Mapping[str, Sequence[Feature]]) -> Iterator[str]:
    """Faults of ids and overlaps between areas of all markets, since one zone dispatches a place."""
    features = [feature for of_market in markets.values() for feature in of_market]
    first: dict[str, Feature] = {}
    for feature in features:
        earlier = first.setdefault(feature.properties.id, feature)
        if earlier is not feature:
            yield f"{feature.where}: the id is that of {earlier.where}"
    yield from _overlaps([each for each in features if isinstance(each.properties, ZoneProperties)], "zones")
    for market, of_market in markets.items():
        yield from _faults_within(market, of_market)


def view_faults(market: str, view: Json, features: Sequence[Feature]) -> Iterator[str]:
    """A map that begins elsewhere, as that of a copied market would, is a fault. Without zones there are others."""
    zones = [each.shape for each in features if isinstance(each.properties, ZoneProperties)]
    if view is None or not zones:
        return
    place = (Fraction(str(view["lng"])), Fraction(str(view["lat"])))
    if all(zone.where(place) == "out" for zone in zones):
        yield f"{market}/{MARKET}: view: {shown(place)} lies outside every zone"


def _faults_within(market: str, features: Sequence[Feature]) -> Iterator[str]:
    """Faults of areas that do not lie in a zone of their market."""
    zones = [each for each in features if isinstance(each.properties, ZoneProperties)]
    if not zones:
        yield f"{market}/{AREAS}: has no zone"
    for feature in features:
        if isinstance(feature.properties, BlackoutProperties) and not any(
            overlap(feature.shape, zone.shape) for zone in zones
        ):
            yield f"{feature.where}: lies outside every zone"
    yield from _faults_of_queues(features, zones)


def _faults_of_queues(features: Sequence[Feature], zones: Sequence[Feature]) -> Iterator[str]:
    pickups = {each.properties.id: each for each in features if isinstance(each.properties, FifoProperties)}
    waiting: dict[str, Feature] = {}
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


def _faults_of_place(area: Feature, fifo: Feature, zones: Sequence[Feature]) -> Iterator[str]:
    """Both areas of a queue must lie in one zone, since the queue is kept under that zone's Redis keys."""
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


def _overlaps(areas: Sequence[Feature], what: str) -> Iterator[str]:
    """Zones must not overlap, nor queues: one zone dispatches a place, and one queue serves it."""
    for one, other in combinations(areas, 2):
        place = overlap(one.shape, other.shape)
        if place is not None:
            yield f"{other.where}: overlaps {one.where} at {shown(place)}; {what} may not"
