"""Trips that drivers have promised to take next, for the apps of drivers and riders."""

from __future__ import annotations

from uuid import UUID

from rideflow.dispatch.rows import promised_trip
from rideflow.kernel.postgres import Database, sql
from rideflow.realtime.sync import PromisedTrip


class PostgresPromises:
    """Reads promises for an app that was away when their frames were pushed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person_id: UUID) -> PromisedTrip | None:
        """The trip that the person promised as a driver; else the one that was promised to them as a rider."""
        row = self._database.one(sql("rideflow.dispatch", "promised_trip"), {"person_id": person_id})
        return None if row is None else promised_trip(row)
