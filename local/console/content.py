"""What the console reads beside its own files: `config.json` and a file for each market (console/src/api/config.ts)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.markets.sections import AREAS, MARKET

if TYPE_CHECKING:
    from collections.abc import Iterator

type Json = dict[str, Any]

_SHOWN = ("kind", "id", "name", "reason", "zone", "fifo")
"""Properties of areas that maps show; the others are the dispatcher's."""

_WIDTH_PX, _HEIGHT_PX, _WORLD_PX = 900, 600, 512
"""A map of that size shows a whole market at first. At zoom 0 the world is that wide."""


@dataclass(frozen=True)
class StripeForBrowsers:
    """How browsers reach Stripe: the publishable key, if the stage has one, and the double's address."""

    publishable_key: str | None = None
    url: str | None = None


def config(stage: str, api: Mapping[str, str], markets: list[Path], stripe: StripeForBrowsers) -> Json:
    """The deployment's settings. `api` are the outputs of the stack of the APIs."""
    return {
        "stage": stage,
        "rest_url": api["RestUrl"],
        "websocket_url": api["WebSocketUrl"],
        "markets": [folder.name for folder in markets],
        "stripe_publishable_key": stripe.publishable_key,
        "stripe_url": stripe.url,
    }


def market(folder: Path, basemap: Json | None) -> Json:
    """One market as maps and forms show it."""
    told, products, rules, areas = (_read(folder / file) for file in (MARKET, "products.json", "rules.json", AREAS))
    cancellation = rules["cancellation"]
    return {
        **{name: told[name] for name in ("id", "name", "currency", "time_zone", "languages", "vehicle_classes")},
        "products": [
            {"id": name, "name": product["name"], "seats": product["seats"]}
            for name, product in products["products"].items()
        ],
        "cancellation": {
            "fee_minor": cancellation["cancellation_fee_minor"],
            "grace_s": cancellation["cancellation_grace_s"],
        },
        "view": told.get("view") or view(areas),
        "areas": {"type": "FeatureCollection", "features": [_shown(each) for each in areas["features"]]},
        "basemap": basemap,
    }


def view(areas: Json) -> dict[str, float]:
    """The middle and the zoom at which a map shows all areas."""
    places = [place for feature in areas["features"] for place in _places(feature["geometry"]["coordinates"])]
    lngs, ys = [lng for lng, _ in places], [_mercator(lat) for _, lat in places]
    shares = ((max(lngs) - min(lngs)) / 360 / _WIDTH_PX, (max(ys) - min(ys)) / _HEIGHT_PX)
    zoom = math.log2(1 / (max(*shares, 1e-9) * _WORLD_PX))
    middle = (min(ys) + max(ys)) / 2
    lat = math.degrees(2 * math.atan(math.exp(math.pi * (1 - 2 * middle))) - math.pi / 2)
    return {"lat": round(lat, 5), "lng": round((min(lngs) + max(lngs)) / 2, 5), "zoom": round(min(zoom, 16), 2)}


def _mercator(lat: float) -> float:
    """Of the world's height from the north, 0 to 1 (Web Mercator, EPSG:3857)."""
    return (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2


def _places(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], (int, float)):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _places(part)


def _shown(feature: Json) -> Json:
    properties = {name: value for name, value in feature["properties"].items() if name in _SHOWN}
    return {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
