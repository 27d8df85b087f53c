"""`GET /v1/locations/nearby`: free cars near a place.

Needs: redis.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.geo import Point
from rideflow.kernel.rest import rest_api
from rideflow.kernel.vehicles import ProductId
from rideflow.supply.views import NearbyDriversView, NearbyDriverView
from rideflow.supply.wiring import nearby_drivers

app = rest_api()


@app.get("/v1/locations/nearby")
def nearby(
    lat: Annotated[float, Query(ge=-90, le=90)],
    lng: Annotated[float, Query(ge=-180, le=180)],
    _caller: Annotated[Caller, Depends(permitted("location:nearby"))],
    radius_m: Annotated[float, Query(gt=0, le=10_000)] = 2_000,
    product: ProductId | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> NearbyDriversView:
    """The nearest free cars, those for one product or all."""
    found = nearby_drivers().around(Point(lat=lat, lng=lng), radius_m, product, limit)
    return NearbyDriversView(drivers=[NearbyDriverView.of(driver, eta_s) for driver, eta_s in found])
