"""Drivers' cards, read from the view that the drivers' context publishes."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.postgres import Database, sql
from rideflow.realtime.frames import DriverCard


class PostgresDriverCards:
    """The view `published_driver_cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, driver_id: UUID) -> DriverCard | None:
        row = self._database.one(sql("rideflow.notifications", "driver_card"), {"driver_id": driver_id})
        return None if row is None else DriverCard(id=driver_id, **row)
