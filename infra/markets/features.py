"""The schema of `areas.geojson`: the shape of each kind of feature."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from infra.markets.geometry import Place, Polygon, Ring, Shape, overlap, polygon_fault, ring_fault, shown

type Json = Any


class FeatureFaultError(ValueError):
    """Why the feature cannot be deployed."""


def _each_once(ends: list[str]) -> list[str]:
    if len(set(ends)) < len(ends):
        raise ValueError("an end is named twice")
    return ends


AreaId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""Part of Redis keys, a zone's as the hash tag."""
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ZoneProperties(_Strict):
    """A part of the market that is dispatched on its own."""

    kind: Literal["zone"]
    id: AreaId
    name: Text


class BlackoutProperties(_Strict):
    """An area in which rides may not begin, or end; `reason` is shown to riders."""

    kind: Literal["blackout"]
    id: AreaId
    name: Text
    applies_to: Annotated[list[Literal["pickup", "dropoff"]], Field(min_length=1), AfterValidator(_each_once)]
    reason: Text


class FifoProperties(_Strict):
    """The area whose pickups a queue serves. Its drivers wait there, unless a `fifo_waiting` names the queue."""

    kind: Literal["fifo"]
    id: AreaId
    name: Text
    zone: AreaId
    keeps_place_within_m: Annotated[float, Field(ge=0, le=1000)]
    other_trips: bool


class FifoWaitingProperties(_Strict):
    """The area in which the drivers of the queue `fifo` wait."""

    kind: Literal["fifo_waiting"]
    id: AreaId
    name: Text
    fifo: AreaId


type Properties = ZoneProperties | BlackoutProperties | FifoProperties | FifoWaitingProperties

_KINDS: dict[str, type[Properties]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model
    for model in (ZoneProperties, BlackoutProperties, FifoProperties, FifoWaitingProperties)
}


def properties_of(feature: Json) -> Properties:
    """Raises `FeatureFaultError`."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise FeatureFaultError('is no GeoJSON feature: its type is not "Feature"')
    unknown = sorted(set(feature) - {"type", "properties", "geometry"})
    if unknown:
        raise FeatureFaultError(f"has an unknown member {unknown[0]!r}")
    properties = feature.get("properties")
    kind = properties.get("kind") if isinstance(properties, dict) else None
    if kind not in _KINDS:
        raise FeatureFaultError(f"unknown kind {kind!r}; known are {', '.join(_KINDS)}")
    try:
        return _KINDS[kind].model_validate(properties)
    except ValidationError as error:
        raise FeatureFaultError(_said(error)) from None


def shape_of(feature: Json) -> Shape:
    """The geometry, whose numbers are ints and fractions. Raises `FeatureFaultError`."""
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise FeatureFaultError(f"its geometry is {kind!r}; an area is a Polygon or a MultiPolygon")
    coordinates = geometry.get("coordinates")
    parts = coordinates if kind == "MultiPolygon" else [coordinates]
    if not _is_list(parts):
        raise FeatureFaultError("its geometry has no coordinates")
    many = len(parts) > 1
    polygons = [_polygon(part, f"polygon {number}, " if many else "") for number, part in enumerate(parts, 1)]
    for later, polygon in enumerate(polygons):
        for earlier in range(later):
            place = overlap(Shape((polygons[earlier],)), Shape((polygon,)))
            if place is not None:
                raise FeatureFaultError(f"polygons {earlier + 1} and {later + 1} overlap at {shown(place)}")
    return Shape(tuple(polygons))


def _polygon(rings: Json, where: str) -> Polygon:
    if not _is_list(rings):
        raise FeatureFaultError(f"{where}has no rings")
    polygon = tuple(_ring(ring, f"{where}ring {number}") for number, ring in enumerate(rings, 1))
    fault = polygon_fault(polygon)
    if fault is not None:
        raise FeatureFaultError(f"{where}{fault}")
    return polygon


def _ring(positions: Json, where: str) -> Ring:
    if not _is_list(positions):
        raise FeatureFaultError(f"{where} is no list of positions")
    ring = tuple(_place(position, where) for position in positions)
    fault = ring_fault(ring)
    if fault is not None:
        raise FeatureFaultError(f"{where} {fault}")
    return ring


def _place(position: Json, where: str) -> Place:
    numbers = isinstance(position, list) and len(position) == 2 and all(map(_is_number, position))
    if not numbers:
        raise FeatureFaultError(f"{where} has a position that is not [longitude, latitude]: {position!r:.60}")
    lng, lat = (Fraction(number) for number in position)
    if abs(lat) > 90 and abs(lat) <= 180 and abs(lng) <= 90:
        raise FeatureFaultError(
            f"{where} has {shown((lng, lat))}, where latitude stands first; GeoJSON has longitude first"
        )
    if abs(lng) > 180 or abs(lat) > 90:
        raise FeatureFaultError(f"{where} has {shown((lng, lat))}, which is out of range")
    return lng, lat


def _is_list(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def _said(error: ValidationError) -> str:
    """The first thing pydantic found, in a few words."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown property {name!r}"
    if first["type"] == "missing":
        return f"property {name!r} is missing"
    said = first["msg"].removeprefix("Value error, ")
    return f"property {name!r}: {said}" if name else said
