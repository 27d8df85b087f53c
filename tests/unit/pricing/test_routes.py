from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rideflow.kernel.geo import Point
from rideflow.pricing.routes import usual_route
from tests.market_data import SAN_FRANCISCO

SOUTH, NORTH = Point(lat=37.70, lng=-122.42), Point(lat=37.80, lng=-122.42)
FIVE_IN_THE_AFTERNOON = datetime(2026, 10, 1, 17, tzinfo=UTC) + timedelta(hours=7)


def test_the_straight_line_with_the_market_s_detour_is_driven_at_its_speed(tmp_path: Path) -> None:
    (tmp_path / "travel.json").write_text('{"detour_factor": 1.3, "pickup_speed_kmh": 20, "trip_speed_kmh": 36}')

    route = usual_route(SOUTH, NORTH, replace(SAN_FRANCISCO, folder=tmp_path), FIVE_IN_THE_AFTERNOON)

    assert route.distance_m == pytest.approx(11_119.5 * 1.3, abs=1)
    assert route.duration_s == pytest.approx(route.distance_m / 10, abs=1)


def test_where_trips_were_recorded_the_hour_counts() -> None:
    busy = usual_route(SOUTH, NORTH, SAN_FRANCISCO, FIVE_IN_THE_AFTERNOON)
    quiet = usual_route(SOUTH, NORTH, SAN_FRANCISCO, FIVE_IN_THE_AFTERNOON + timedelta(hours=12))

    assert busy.distance_m == quiet.distance_m == pytest.approx(11_119.5 * 1.24, abs=1)
    assert busy.duration_s > 1.2 * quiet.duration_s
