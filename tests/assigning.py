"""A trip gets its driver by the function of the database that dispatch calls when it takes an accept."""

from datetime import datetime
from uuid import UUID

import psycopg

from rideflow.kernel import outbox
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database
from rideflow.trips.errors import DriverBusyError
from rideflow.trips.events import DriverAssigned
from rideflow.trips.model import DRIVER_ASSIGNED, Operation, Trip, conflict
from rideflow.trips.store import PostgresTrips
from tests.vehicles import vehicle_of

_ASSIGN = (
    "select trip_id from published_assign_trip"
    "(%(trip_id)s, %(driver_id)s, %(at)s, %(vehicle_id)s, %(distance_m)s::integer, %(events)s)"
)


def assign_driver(database: Database, told: Outbox, trip_id: UUID, driver_id: UUID, at: datetime) -> Trip:
    """The trip with its driver, whom nobody asked, in their own vehicle; the event is published. A repeat succeeds.

    Raises `DriverBusyError` for a driver on another trip, `TripConflictError` for a trip that does not wait for one.
    """
    store, vehicle_id = PostgresTrips(database), vehicle_of(database, driver_id).id
    event = _event(_found(store, trip_id), driver_id, vehicle_id, at)
    parameters = {"trip_id": trip_id, "driver_id": driver_id, "at": at, "vehicle_id": vehicle_id, "distance_m": None}
    try:
        row = database.one(_ASSIGN, parameters | {"events": outbox.rows([event])})
    except psycopg.errors.UniqueViolation as violation:
        raise DriverBusyError("The driver is on another trip.") from violation
    trip = _found(store, trip_id)
    if row is not None:
        told.publish([event.model_copy(update={"version": trip.version})])
    elif trip.driver_id != driver_id or trip.state is not DRIVER_ASSIGNED:
        raise conflict(trip, Operation.ASSIGN)
    return trip


def _event(trip: Trip, driver_id: UUID, vehicle_id: UUID, at: datetime) -> DriverAssigned:
    assigned = {"driver_id": driver_id, "state": DRIVER_ASSIGNED, "version": trip.version + 1}
    return DriverAssigned.of(trip, at, vehicle_id=vehicle_id, **assigned)


def _found(store: PostgresTrips, trip_id: UUID) -> Trip:
    trip = store.find(trip_id)
    assert trip is not None
    return trip
