"""New York as a market of one folder: its own vehicle classes, products, prices, fees, terms and time zone."""

from pathlib import Path
from typing import Any

from rideflow.kernel.geo import Point
from rideflow.markets.loading import markets_in
from rideflow.markets.model import Markets
from tests.market_data import market_folder

TIMES_SQUARE, WALL_STREET = Point(lat=40.7580, lng=-73.9855), Point(lat=40.7061, lng=-74.0092)

_RING = [[-74.05, 40.68], [-73.90, 40.68], [-73.90, 40.90], [-74.05, 40.90], [-74.05, 40.68]]
_ZONE = {"kind": "zone", "id": "manhattan", "name": "Manhattan"}
_RATE = {"waiting_per_minute_minor": "60", "waiting_free_s": 60, "route_kept_factor": "1.2"}
_NEW_YORK: dict[str, Any] = {
    "market": {
        "name": "New York",
        "country": "US",
        "currency": "USD",
        "time_zone": "America/New_York",
        "languages": ["en"],
        "vehicle_classes": ["sedan", "luxury"],
    },
    "areas": {
        "features": [
            {"type": "Feature", "properties": _ZONE, "geometry": {"type": "Polygon", "coordinates": [_RING]}},
        ]
    },
    "products": {
        "products": {
            "standard": {"name": "Standard", "seats": 4, "served_by": ["sedan"], "upgrades": ["luxury"]},
            "luxury": {"name": "Luxury", "seats": 4, "served_by": ["luxury"]},
        }
    },
    "rates": {
        "products": {
            "standard": {
                "base_minor": 300, "per_km_minor": "150", "per_minute_minor": "45", "minimum_minor": 900, **_RATE
            },
            "luxury": {
                "base_minor": 1500, "per_km_minor": "320", "per_minute_minor": "90", "minimum_minor": 2500, **_RATE
            },
        }
    },
    "rules": {"cancellation": {"cancellation_fee_minor": 750, "cancellation_grace_s": 120, "no_show_after_s": 300}},
    "terms": {"hold_margin": "1.5", "driver_share": "0.75"},
    "travel": {"detour_factor": "1.3", "trip_speed_kmh": "18", "pickup_speed_kmh": "15", "recorded_trips": None},
}  # fmt: skip


def new_york_in(parent: Path) -> Path:
    """The market's folder, made in another one."""
    return market_folder(parent, "new_york", **_NEW_YORK)


def new_york_alone(parent: Path) -> Markets:
    """A deployment that has taken San Francisco away."""
    return markets_in(new_york_in(parent).parent)
