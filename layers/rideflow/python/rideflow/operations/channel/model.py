"""What staff look at, and what of it they are sent: values without I/O."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rideflow.kernel.model import Request

WATCHES_FOR = timedelta(seconds=60)
"""A subscription ends this long after its last `market.watch`. Apps repeat it every 20 s."""

MOST_WATCHERS = 20
"""The most subscriptions of a market at a time. Each costs its frames and the time to make them."""

FREE, TO_PICKUP, WITH_RIDER, SILENT = range(4)
"""States of a car on the wire. A silent car has no believed position for 30 s."""

MOST_CARS = 5000
"""The most cars in a viewport that are sent one by one. More are counted in cells."""

CARS_AGAIN = 4500
"""Cars are sent one by one again from this number on, so that a number around the limit does not switch each second."""

MOST_CELLS = 400
MOST_REQUESTS = 300
MOST_TRIPS = 600
MOST_HAPPENED = 20
"""The most of each in the frames of a subscription. What is left out is counted."""

COORDINATE = 100_000
"""Coordinates on the wire are whole numbers of 1e-5 degrees, about a metre."""


class Viewport(Request):
    """The part of the map that the app shows, in degrees (WGS 84). It does not cross the 180th meridian."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]

    @model_validator(mode="after")
    def _has_an_inside(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise PydanticCustomError("viewport", "South must be less than north, and west less than east")
        return self

    def holds(self, lat: float, lng: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lng <= self.east

    def meets(self, a: tuple[float, float], b: tuple[float, float]) -> bool:
        """Whether the box between two places (lat, lng) has a part in the viewport."""
        return (
            min(a[0], b[0]) <= self.north
            and max(a[0], b[0]) >= self.south
            and min(a[1], b[1]) <= self.east
            and max(a[1], b[1]) >= self.west
        )
