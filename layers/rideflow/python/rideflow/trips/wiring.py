"""Trips' objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.pricing.wiring import pricing
from rideflow.trips.history import History
from rideflow.trips.rating import Ratings
from rideflow.trips.requesting import TripRequests
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.sweeping import StuckTrips


@cache
def _store() -> PostgresTrips:
    return PostgresTrips(database())


@cache
def trips() -> Trips:
    return Trips(_store(), outbox(), utc_now)


@cache
def trip_requests() -> TripRequests:
    return TripRequests(_store(), pricing(), outbox(), utc_now)


@cache
def history() -> History:
    return History(_store())


@cache
def ratings() -> Ratings:
    return Ratings(_store(), outbox(), utc_now)


@cache
def stuck_trips() -> StuckTrips:
    return StuckTrips(_store(), trips(), outbox(), utc_now)
