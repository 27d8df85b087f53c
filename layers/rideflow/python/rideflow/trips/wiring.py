"""Trips' objects, built once per execution environment.

Each is imported where it is built: an operation pays at a cold start for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from rideflow.kernel.postgres import Database
    from rideflow.trips.cancelling import Cancellations
    from rideflow.trips.evidence import DriverSightings
    from rideflow.trips.history import History
    from rideflow.trips.operating import Operators, StuckList
    from rideflow.trips.rating import Ratings
    from rideflow.trips.requesting import TripRequests
    from rideflow.trips.scheduled.booking import Bookings
    from rideflow.trips.scheduled.reading import ScheduledRides
    from rideflow.trips.scheduled.store import PostgresScheduledRides
    from rideflow.trips.scheduled.sweeping import DueRides
    from rideflow.trips.service import Trips
    from rideflow.trips.silence_store import PostgresSilences
    from rideflow.trips.silent_trips import DriverSignals, SilentTrips
    from rideflow.trips.store import PostgresTrips
    from rideflow.trips.sweeping import StalledTrips


@cache
def _store() -> PostgresTrips:
    from rideflow.kernel.postgres import database
    from rideflow.trips.store import PostgresTrips

    return PostgresTrips(database())


@cache
def trips() -> Trips:
    from rideflow.kernel.outbox import outbox
    from rideflow.markets.wiring import markets
    from rideflow.trips.service import Trips

    return Trips(_store(), outbox(), markets(), utc_now)


@cache
def trips_with_positions(driver_sightings: Callable[[], DriverSightings]) -> Trips:
    """Trips for changes that are judged by where the driver was; `driver_sightings` is another context's."""
    from rideflow.kernel.outbox import outbox
    from rideflow.markets.wiring import markets
    from rideflow.trips.service import Trips

    return Trips(_store(), outbox(), markets(), utc_now, driver_sightings)


@cache
def cancellations(driver_sightings: Callable[[], DriverSightings]) -> Cancellations:
    from rideflow.kernel.wiring import seals
    from rideflow.trips.cancelling import Cancellations

    return Cancellations(trips_with_positions(driver_sightings), seals())


@cache
def trip_requests() -> TripRequests:
    from rideflow.kernel.outbox import outbox
    from rideflow.pricing.wiring import pricing
    from rideflow.trips.requesting import TripRequests

    return TripRequests(_store(), pricing(), outbox(), utc_now)


@cache
def history() -> History:
    from rideflow.kernel.wiring import seals
    from rideflow.trips.history import History

    return History(_store(), seals(), utc_now)


@cache
def ratings() -> Ratings:
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.wiring import seals
    from rideflow.trips.rating import Ratings

    return Ratings(_store(), outbox(), utc_now, seals)


@cache
def stalled_trips() -> StalledTrips:
    from rideflow.kernel.outbox import outbox
    from rideflow.trips.sweeping import StalledTrips

    return StalledTrips(_store(), trips(), outbox(), utc_now)


def trips_due_at(look: Database) -> datetime | None:
    """From when on the sweeps of trips may have something to do: now, while a trip is not over or not settled."""
    from rideflow.trips.store import PostgresTrips

    return utc_now() if PostgresTrips(look).living() else None


@cache
def _silences() -> PostgresSilences:
    from rideflow.kernel.postgres import database
    from rideflow.trips.silence_store import PostgresSilences

    return PostgresSilences(database())


@cache
def operators() -> Operators:
    from rideflow.markets.wiring import markets
    from rideflow.trips.operating import Operators

    return Operators(trips(), markets(), utc_now)


@cache
def stuck_list() -> StuckList:
    from rideflow.markets.wiring import markets
    from rideflow.trips.operating import StuckList

    return StuckList(_silences(), markets(), utc_now)


@cache
def silent_trips(signals: Callable[[], DriverSignals]) -> SilentTrips:
    """`signals` is another context's."""
    from rideflow.markets.wiring import markets
    from rideflow.trips.silent_trips import SilentTrips

    return SilentTrips(_silences(), trips_with_positions(signals), signals(), markets(), utc_now)


@cache
def _scheduled_store() -> PostgresScheduledRides:
    from rideflow.kernel.postgres import database
    from rideflow.trips.scheduled.store import PostgresScheduledRides

    return PostgresScheduledRides(database())


@cache
def bookings() -> Bookings:
    from rideflow.kernel.outbox import outbox
    from rideflow.markets.wiring import markets
    from rideflow.pricing.wiring import pricing
    from rideflow.trips.scheduled.booking import Bookings

    return Bookings(_scheduled_store(), pricing(), outbox(), markets(), utc_now)


@cache
def scheduled_rides() -> ScheduledRides:
    from rideflow.trips.scheduled.reading import ScheduledRides

    return ScheduledRides(_scheduled_store())


@cache
def due_rides() -> DueRides:
    from rideflow.kernel.outbox import outbox
    from rideflow.markets.wiring import markets
    from rideflow.pricing.wiring import pricing
    from rideflow.trips.scheduled.sweeping import DueRides

    return DueRides(_scheduled_store(), pricing(), outbox(), markets(), utc_now)


def rides_due_at(look: Database) -> datetime | None:
    """From when on a scheduled ride may be due."""
    from rideflow.markets.wiring import markets
    from rideflow.trips.scheduled.store import PostgresScheduledRides
    from rideflow.trips.scheduled.sweeping import first_due_at

    return first_due_at(PostgresScheduledRides(look), markets())
