"""Completed rides in PostgreSQL, from the views that trips publish."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.kernel.postgres import Database, sql
from rideflow.locations.coverage import Ride

_PACKAGE = "rideflow.locations"


class PostgresRides:
    """Reads completed rides."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ride(self, trip_id: UUID) -> Ride | None:
        """The ride of the trip; None if it was never driven to its end."""
        row = self._database.one(sql(_PACKAGE, "ride"), {"trip_id": trip_id})
        if row is None:
            return None
        pickup, dropoff = (Point(lat=row[f"{end}_lat"], lng=row[f"{end}_lng"]) for end in ("pickup", "dropoff"))
        return Ride(row["driver_id"], row["started_at"], row["completed_at"], pickup, dropoff, row["rider_id"])
