"""Riders' profiles in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, sql
from rideflow.riders.profile import ProfileView, PutProfile

_PACKAGE = "rideflow.riders"


class PostgresProfiles:
    """The table `riders`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, rider_id: UUID) -> ProfileView | None:
        row = self._database.one(sql(_PACKAGE, "rider_find"), {"id": rider_id})
        return None if row is None else stored(ProfileView, row)

    def put(self, rider_id: UUID, profile: PutProfile, at: datetime) -> ProfileView | None:
        written = profile.model_dump(mode="json")
        parameters = {
            "id": rider_id,
            "at": at,
            "name": profile.name,
            "phone": profile.phone,
            "home": Jsonb(written["home"]) if profile.home else None,
            "work": Jsonb(written["work"]) if profile.work else None,
            "favourites": Jsonb(written["favourites"]),
            "preferences": Jsonb(written["preferences"]),
            "expected_version": profile.version,
        }
        row = self._database.one(sql(_PACKAGE, "rider_put"), parameters)
        return None if row is None else stored(ProfileView, row)

    def registered(self, rider_id: UUID, email: str, name: str | None, at: datetime) -> None:
        parameters = {"id": rider_id, "email": email, "name": name, "at": at}
        self._database.execute(sql(_PACKAGE, "rider_registered"), parameters)
