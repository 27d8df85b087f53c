"""Trips in PostgreSQL: each change is one statement, with its log entry and its outbox rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from rideflow.kernel import outbox
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.idempotency import IdempotencyKey, create_once
from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, Parameters, Row, sql
from rideflow.trips.errors import (
    ActiveTripExistsError,
    AlreadyRatedError,
    PaymentMethodRequiredError,
)
from rideflow.trips.events import TripEvent, TripRated
from rideflow.trips.model import Change, LogEntry, Trip, TripState

_PACKAGE = "rideflow.trips"
_JSON_COLUMNS = ("quote_breakdown", "final_breakdown")


def trip_of(row: Row) -> Trip:
    """The trip of a row of `trips`, as its statements return it."""
    return stored(Trip, row)


class PostgresTrips:
    """The tables `trips`, `trip_events` and `trip_ratings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, trip_id: UUID) -> Trip | None:
        row = self._database.one(sql(_PACKAGE, "trip_find"), {"id": trip_id})
        return None if row is None else trip_of(row)

    def payment_action(self, trip_id: UUID, payer_id: UUID, now: datetime) -> Row | None:
        """The row of what the payer is to confirm with their bank; None if nothing is asked of them now."""
        parameters = {"trip_id": trip_id, "payer_id": payer_id, "now": now}
        return self._database.one(sql(_PACKAGE, "payment_action"), parameters)

    def log(self, trip_id: UUID) -> list[LogEntry]:
        """What happened to the trip, in order."""
        rows = self._database.all(sql(_PACKAGE, "trip_log"), {"trip_id": trip_id})
        return [stored(LogEntry, row) for row in rows]

    def page(self, person_id: UUID, before: UUID, limit: int) -> list[Row]:
        """Rows of the person's trips that are older than `before`, newest first."""
        parameters = {"person_id": person_id, "before": before, "limit": limit}
        return self._database.all(sql(_PACKAGE, "trips_page"), parameters)

    def unmatched(
        self, state: TripState, before: datetime, limit: int, *, waits_ended_before: datetime | None = None
    ) -> list[Trip]:
        """Trips that have waited in `requested` or `matching` since before that time, the longest first.

        Where `waits_ended_before` is given, riders of scheduled rides have waited as long as they do by then.
        """
        parameters = {"state": state, "before": before, "waits_ended_before": waits_ended_before, "limit": limit}
        return self._overdue("trips_unmatched", parameters)

    def unsettled(self, before: datetime, now: datetime, limit: int) -> list[Trip]:
        """Trips that ended before that time and whose money is not settled; if there are more, others each time.

        Those are left out whose settlement waits for another attempt after `now`.
        """
        return self._overdue("trips_unsettled", {"before": before, "now": now, "limit": limit})

    def living(self) -> bool:
        """Whether the sweeps of stalled and silent trips may have anything to do, now or later."""
        return bool(self._database.value(sql(_PACKAGE, "trips_living"), {}))

    def once[V: View](self, key: IdempotencyKey, view: type[V], create: Callable[[], V]) -> V:
        """`create`, or what it answered when the key was used before."""
        return create_once(self._database, key, view, create)

    def add(self, change: Change, events: Iterable[TripEvent], key: IdempotencyKey, answer: View) -> None:
        """Store a new trip, and what its request is answered under the key.

        Raises `PaymentMethodRequiredError`, `ActiveTripExistsError`; for a used key psycopg's violation, as `once`
        expects it.
        """
        parameters = _parameters(change, events) | key.parameters(answer)
        try:
            added = self._database.one(sql(_PACKAGE, "trip_request"), parameters)
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "trips_one_active_per_rider":
                raise
            raise self._active_trip_exists(change.trip.rider_id) from violation
        if added is None:
            raise PaymentMethodRequiredError("Please add a card before you request a trip.")

    def save(self, change: Change, events: Iterable[TripEvent]) -> bool:
        """Store the change; False where another one came first, and the trip must be read again."""
        return self._database.one(sql(_PACKAGE, "trip_change"), _parameters(change, events)) is not None

    def assigned_distance_m(self, trip_id: UUID, driver_id: UUID) -> int | None:
        """How far from the pickup the driver was when they were asked to take the trip; None if nobody asked them."""
        parameters = {"trip_id": trip_id, "driver_id": driver_id}
        row = self._database.one(sql(_PACKAGE, "assigned_distance"), parameters)
        return None if row is None else row["assigned_distance_m"]

    def rate(self, rating: TripRated, comment: str | None, rater_id: UUID, key: IdempotencyKey, answer: View) -> None:
        """Store a rating. Raises `AlreadyRatedError`; for a used key psycopg's violation, as `once` expects it."""
        parameters = key.parameters(answer) | {
            **rating.model_dump(include={"trip_id", "rater", "ratee_id", "stars"}),
            "rater_id": rater_id,
            "comment": comment,
            "rated_at": rating.at,
            "events": outbox.rows([rating]),
        }
        try:
            self._database.execute(sql(_PACKAGE, "trip_rate"), parameters)
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "trip_ratings_pkey":
                raise
            raise AlreadyRatedError("You have rated this trip.") from violation

    def _overdue(self, statement: str, parameters: Parameters) -> list[Trip]:
        rows = self._database.all(sql(_PACKAGE, statement), parameters)
        return readable(rows, trip_of, "trip", itemgetter("id"))

    def _active_trip_exists(self, rider_id: UUID) -> ActiveTripExistsError:
        row = self._database.one(sql(_PACKAGE, "trip_active_of_rider"), {"rider_id": rider_id})
        trip_id = None if row is None else str(row["trip_id"])  # it may have ended in between
        return ActiveTripExistsError("You have a trip that is not over.", trip_id=trip_id)


def _parameters(change: Change, events: Iterable[TripEvent]) -> dict[str, Any]:
    columns = {name: getattr(change.trip, name) for name, field in Trip.model_fields.items() if not field.exclude}
    for name in _JSON_COLUMNS:
        if columns[name] is not None:
            columns[name] = Jsonb(columns[name])
    columns["needs"] = Jsonb(change.trip.needs.model_dump(mode="json"))
    if (terms := change.trip.cancellation_terms) is not None:
        columns["cancellation_terms"] = Jsonb(terms.model_dump(mode="json"))
    entry = {name: getattr(change.entry, name) for name in ("type", "at", "actor", "actor_id")}
    return columns | entry | {"data": Jsonb(change.entry.data), "events": outbox.rows(events)}
