"""The way and the time a trip is expected to take, which a quote is made of."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.money import rounded
from rideflow.kernel.trip_times import FITTED, StraightLineTrips
from rideflow.pricing.model import Route
from rideflow.pricing.rates import CityRates


def usual_route(pickup: Point, dropoff: Point, rates: CityRates, at: datetime) -> Route:
    """The great circle times the city's detour factor, in the time that the city's recorded trips took at that hour.

    A city without recorded trips has its usual speed instead.
    """
    figures = rates.route
    driven_m = rounded(Decimal(distance_m(pickup, dropoff)) * figures.detour_factor)
    usual = StraightLineTrips(float(figures.detour_factor), float(figures.speed_kmh))
    trip_times = FITTED.get(rates.city, usual)
    return Route(distance_m=driven_m, duration_s=round(trip_times.seconds(pickup, dropoff, at)))
