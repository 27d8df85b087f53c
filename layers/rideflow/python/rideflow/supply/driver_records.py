"""Drivers and their trips in PostgreSQL, which loses nothing."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.kernel.ride_requirements import Traits, refused
from rideflow.supply.model import Admission, TripChange, TripInHand

_PACKAGE = "rideflow.supply"


class PostgresDriverRecords:
    """Reads drivers and their trips, if Redis does not know a driver or a trip changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admission(self, driver_id: UUID) -> Admission | None:
        """The driver's admission; None if the driver is offline and on no trip."""
        row = self._database.one(sql(_PACKAGE, "admission"), {"driver_id": driver_id})
        if row is None:
            return None
        change = None if row["trip_id"] is None else _change(driver_id, row)
        promised = row["promised_until"]
        return Admission(row["zone"], row["vehicle_class"], row["driver_version"], change, _traits(row), promised)

    def trip_in_hand(self, driver_id: UUID, trip_id: UUID) -> TripChange | None:
        """The trip as the driver has it now; None if it is over, or another driver has it."""
        row = self._database.one(sql(_PACKAGE, "trip_in_hand"), {"driver_id": driver_id, "trip_id": trip_id})
        return None if row is None else _change(driver_id, row)

    def trips_in_hand(self) -> dict[UUID, TripChange]:
        """Every driver who is on a trip, with the trip as it is now."""
        rows = self._database.all(sql(_PACKAGE, "trips_in_hand"), {})
        return {row["driver_id"]: _change(row["driver_id"], row) for row in rows}

    def end_of_trip(self, driver_id: UUID, trip_id: UUID) -> TripChange | None:
        """The change that takes the trip from the driver, with the version of the trip's newest event.

        None if the trip has no events.
        """
        row = self._database.one(sql(_PACKAGE, "last_of_trip"), {"trip_id": trip_id})
        return None if row is None else TripChange(driver_id, trip_id, row["version"], row["at"], None)

    def living(self) -> bool:
        """Whether a driver is online or on a trip."""
        return bool(self._database.value(sql(_PACKAGE, "drivers_living"), {}))

    def online_drivers(self) -> dict[UUID, str]:
        """Online drivers, each with the zone in which they went online."""
        return {row["driver_id"]: row["zone"] for row in self._database.all(sql(_PACKAGE, "online_drivers"), {})}


def _change(driver_id: UUID, row: Row) -> TripChange:
    end = "dropoff" if row["state"] == "in_progress" else "pickup"
    target = Point(lat=row[f"{end}_lat"], lng=row[f"{end}_lng"])
    trip = TripInHand(row["trip_id"], row["rider_id"], row["state"], target)
    return TripChange(driver_id, row["trip_id"], row["version"], row["assigned_at"], trip)


def _traits(row: Row) -> Traits:
    lat = row["destination_lat"]
    return Traits.known(
        row["driver_version"],
        wheelchair_accessible=row["wheelchair_accessible"],
        rating=row["rating"],
        rating_count=row["rating_count"],
        refuses=refused(row["accepted_payments"]),
        takes_upgrades=row["takes_upgrades"],
        destination=None if lat is None else Point(lat=lat, lng=row["destination_lng"]),
        until=row["destination_until"],
    )
