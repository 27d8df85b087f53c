"""Drivers' cards, read from the views that the drivers' context publishes."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.postgres import Database, sql
from rideflow.realtime.frames import DriverCard


class PostgresDriverCards:
    """The views `published_driver_cards` and `published_vehicles`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, driver_id: UUID, vehicle_id: UUID | None) -> DriverCard:
        parameters = {"driver_id": driver_id, "vehicle_id": vehicle_id}
        row = self._database.one(sql("rideflow.notifications", "driver_card"), parameters)
        return DriverCard.model_validate({"id": driver_id, **(row or {})})
