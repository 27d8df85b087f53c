"""The expected way and duration of a trip, from which a quote is made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.money import rounded
from rideflow.markets.model import Market
from rideflow.pricing.model import Route


def usual_route(pickup: Point, dropoff: Point, market: Market, at: datetime) -> Route:
    """The great circle times the market's detour factor, with the duration of its recorded trips at that hour.

    A market without recorded trips uses its usual speed instead.
    """
    driven_m = rounded(Decimal(distance_m(pickup, dropoff)) * market.travel.detour_factor)
    return Route(distance_m=driven_m, duration_s=round(market.trip_times.seconds(pickup, dropoff, at)))
