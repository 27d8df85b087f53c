"""Drivers in PostgreSQL: each change is one statement, with its outbox rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from rideflow.drivers.api import DriverView, VehicleView
from rideflow.drivers.errors import DriverExistsError, VehicleExistsError
from rideflow.drivers.events import DriverEvent
from rideflow.drivers.model import Driver, DriverVehicle
from rideflow.kernel import outbox
from rideflow.kernel.idempotency import IdempotencyKey, create_once
from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, sql
from rideflow.kernel.ride_requirements import RATED_ENOUGH

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals

_PACKAGE = "rideflow.drivers"


class PostgresDrivers:
    """The tables `drivers`, `driver_vehicles` and `driver_ratings`."""

    def __init__(self, database: Database, seals: Callable[[], Seals]) -> None:
        """`seals` are for the responses that are kept for a repeated key: they have the driver's papers and plate."""
        self._database = database
        self._seals = seals

    def find(self, driver_id: UUID) -> Driver | None:
        row = self._database.one(sql(_PACKAGE, "driver_find"), {"id": driver_id})
        return None if row is None else stored(Driver, row)

    def register(
        self, driver: Driver, events: Iterable[DriverEvent], key: IdempotencyKey, view: DriverView
    ) -> DriverView:
        seals = self._seals()
        parameters = driver.model_dump() | key.sealed_parameters(view, seals) | {"events": outbox.rows(events)}

        def create() -> DriverView:
            self._database.execute(sql(_PACKAGE, "driver_register"), parameters)
            return view

        try:
            return create_once(self._database, key, DriverView, create, partial(key.opened, seals=seals))
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "drivers_pkey":
                raise
            raise DriverExistsError("You are registered as a driver already.") from violation

    def add_vehicle(
        self, driver_id: UUID, vehicle: DriverVehicle, key: IdempotencyKey, view: VehicleView
    ) -> VehicleView:
        seals = self._seals()
        parameters = vehicle.model_dump() | key.sealed_parameters(view, seals) | {"driver_id": driver_id}

        def create() -> VehicleView:
            self._database.execute(sql(_PACKAGE, "vehicle_add"), parameters)
            return view

        try:
            return create_once(self._database, key, VehicleView, create, partial(key.opened, seals=seals))
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "driver_vehicles_plate":
                raise
            raise VehicleExistsError("You have added this vehicle already.", field="plate") from violation

    def save(self, driver: Driver, events: Iterable[DriverEvent]) -> bool:
        parameters = driver.model_dump() | {"events": outbox.rows(events)}
        parameters["accepted_payments"] = list(driver.accepted_payments)
        if driver.online:
            return self._changed(parameters)
        with self._database.transaction():  # a driver who goes offline may be accepting a trip
            self._database.one(sql(_PACKAGE, "driver_hold"), {"id": driver.id})
            return self._changed(parameters)

    def _changed(self, parameters: dict[str, Any]) -> bool:
        return self._database.one(sql(_PACKAGE, "driver_change"), parameters) is not None

    def rate(
        self, driver_id: UUID, trip_id: UUID, stars: int, rated_at: datetime, events: Iterable[DriverEvent] = ()
    ) -> bool:
        parameters = {
            "driver_id": driver_id,
            "trip_id": trip_id,
            "stars": stars,
            "rated_at": rated_at,
            "rated_enough": RATED_ENOUGH,
            "events": outbox.rows(events),
        }
        return self._database.one(sql(_PACKAGE, "driver_rate"), parameters) is not None
