"""Scheduled rides in PostgreSQL: each change is one statement, with its log entry and its outbox rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from rideflow.kernel import outbox
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.idempotency import IdempotencyKey, create_once
from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.trips.errors import PaymentMethodRequiredError
from rideflow.trips.model import Change
from rideflow.trips.scheduled.events import ScheduledRideEvent
from rideflow.trips.scheduled.lead import Horizon, RecentPickups
from rideflow.trips.scheduled.model import OpenRide, RideChange, RideLogEntry, RideState, ScheduledRide
from rideflow.trips.scheduled.views import ScheduledRideView

_PACKAGE = "rideflow.trips.scheduled"
_NEWEST_PICKUPS = 200
"""How many of a zone's newest pickups are used to estimate the next ones."""

type Attempt = Literal["dispatched", "changed", "active_trip", "payment_method"]
"""The result of an attempt to make a ride a trip; `changed` if another change came first."""


class PostgresScheduledRides:
    """The tables `scheduled_rides` and `scheduled_ride_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, ride_id: UUID) -> ScheduledRide | None:
        row = self._database.one(sql(_PACKAGE, "ride_find"), {"id": ride_id})
        return None if row is None else stored(ScheduledRide, row)

    def log(self, ride_id: UUID) -> list[RideLogEntry]:
        """The log entries of the ride, in order."""
        return [stored(RideLogEntry, row) for row in self._database.all(sql(_PACKAGE, "ride_log"), {"id": ride_id})]

    def page(self, rider_id: UUID, before: UUID, state: RideState | None, limit: int) -> list[Row]:
        """Rows of the rider's rides that were booked before `before`, the last booked first."""
        parameters = {"rider_id": rider_id, "before": before, "state": state, "limit": limit}
        return self._database.all(sql(_PACKAGE, "rides_page"), parameters)

    def open_of(self, rider_id: UUID) -> list[OpenRide]:
        """The rider's scheduled rides, by pickup time."""
        rows = self._database.all(sql(_PACKAGE, "rides_open"), {"rider_id": rider_id})
        return [OpenRide(**row) for row in rows]

    def next_pickup(self) -> datetime | None:
        """The pickup time of the next ride; None if there is no ride."""
        pickup_at: datetime | None = self._database.value(sql(_PACKAGE, "next_pickup"), {})
        return pickup_at

    def recent_pickups(self, until: datetime, since: datetime) -> list[RecentPickups]:
        """Zones and products with rides to be picked up until `until`, with the pickups there since `since`."""
        parameters = {"until": until, "since": since, "most": _NEWEST_PICKUPS}
        rows = self._database.all(sql(_PACKAGE, "recent_pickups"), parameters)
        return [RecentPickups(**row) for row in rows]

    def due(self, horizons: Sequence[Horizon], limit: int) -> list[ScheduledRide]:
        """Rides that are due by these horizons, of which there must be at least one."""
        latest = max(each.until for each in horizons)
        parameters = {"horizons": Jsonb([_json(each) for each in horizons]), "latest": latest, "limit": limit}
        rows = self._database.all(sql(_PACKAGE, "rides_due"), parameters)
        return readable(rows, partial(stored, ScheduledRide), "scheduled_ride", itemgetter("id"))

    def once(
        self, key: IdempotencyKey, view: type[ScheduledRideView], create: Callable[[], ScheduledRideView]
    ) -> ScheduledRideView:
        """Call `create`, or return its first response if the key was used before."""
        return create_once(self._database, key, view, create)

    def lock_rider(self, rider_id: UUID) -> None:
        """Make the rider's other bookings and edits wait until the transaction ends."""
        self._database.execute(sql(_PACKAGE, "lock_rider"), {"rider_id": rider_id})

    def add(
        self, change: RideChange, event: ScheduledRideEvent, key: IdempotencyKey, answer: ScheduledRideView
    ) -> None:
        """Store a new ride, and the response to its booking under the key.

        Raises `PaymentMethodRequiredError`, and for a used key psycopg's `UniqueViolation`, as `once` expects.
        """
        parameters = _parameters(change, [event]) | key.parameters(answer)
        if self._database.one(sql(_PACKAGE, "ride_add"), parameters) is None:
            raise PaymentMethodRequiredError("Please add a card before you schedule a ride.")

    def save(self, change: RideChange, event: ScheduledRideEvent) -> bool:
        """Store the change. False if another change came first, so that the ride must be read again."""
        return self._database.one(sql(_PACKAGE, "ride_change"), _parameters(change, [event])) is not None

    def dispatch(self, change: RideChange, trip: Change, events: Iterable[DomainEvent]) -> Attempt:
        """Turn the ride into the trip, unless another change came first, or its rider cannot have a trip now."""
        parameters = _parameters(change, events) | {
            "trip": Jsonb(trip.trip.model_dump(mode="json")),
            "trip_type": trip.entry.type,
            "trip_data": Jsonb(trip.entry.data),
        }
        try:
            row = self._database.one(sql(_PACKAGE, "ride_dispatch"), parameters)
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "trips_one_active_per_rider":
                raise
            return "active_trip"
        if row is not None and row["dispatched"]:
            return "dispatched"
        return "changed" if row is not None and row["has_card"] else "payment_method"


def _parameters(change: RideChange, events: Iterable[DomainEvent]) -> dict[str, Any]:
    columns = {name: getattr(change.ride, name) for name in ScheduledRide.model_fields}
    entry = {name: getattr(change.entry, name) for name in ("type", "at", "actor", "actor_id")}
    json = {
        "needs": Jsonb(change.ride.needs.model_dump(mode="json")),
        "quote_breakdown": Jsonb(change.ride.quote_breakdown),
        "data": Jsonb(change.entry.data),
    }
    return columns | entry | json | {"events": outbox.rows(events)}


def _json(horizon: Horizon) -> dict[str, str]:
    return {"zone": horizon.zone, "product": horizon.product, "until": horizon.until.isoformat()}
