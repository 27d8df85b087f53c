"""Trips that drivers have promised to take next, as their apps and their riders' are told."""

from __future__ import annotations

from uuid import UUID

from rideflow.dispatch.rows import promised_trip
from rideflow.kernel.postgres import Database, sql
from rideflow.realtime.sync import PromisedTrip


class PostgresPromises:
    """For an app that was away: what it was pushed when the promise was made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person_id: UUID) -> PromisedTrip | None:
        """The trip that the driver promised, or that was promised to the rider; who is both is told as the driver."""
        row = self._database.one(sql("rideflow.dispatch", "promised_trip"), {"person_id": person_id})
        return None if row is None else promised_trip(row)
