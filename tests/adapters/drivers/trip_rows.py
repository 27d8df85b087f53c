"""Trips put straight into the database, for tests of contexts that only read what trips publish."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

_TRIP = """
insert into trips (
    id, rider_id, driver_id, state, version, market, zone, product,
    pickup_lat, pickup_lng, pickup_cell, dropoff_lat, dropoff_lng, dropoff_cell,
    quote_id, quoted_amount_minor, currency, quote_breakdown, quoted_distance_m, quoted_duration_s,
    pin, requested_at, ended_at
) values (
    %(id)s, %(rider_id)s, %(driver_id)s, %(state)s, %(version)s, 'san_francisco', 'sf-north', 'economy',
    37.7749, -122.4194, 613196575302025215, 37.7936, -122.3958, 613196575302025215,
    %(quote_id)s, 1840, 'USD', '{}', 3200, 700,
    '4711', %(at)s, %(ended_at)s
)
"""
_EVENT = """
insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
values (%(trip_id)s, %(seq)s, %(type)s, %(at)s, 'system', null, %(data)s)
"""
_HISTORY = (
    ("TripRequested", "requested"),
    ("TripMatching", "matching"),
    ("DriverAssigned", "driver_assigned"),
    ("DriverArrived", "driver_arrived"),
    ("TripStarted", "in_progress"),
    ("TripCompleted", "completed"),
)


def put_trip(database_url: str, rider_id: UUID, driver_id: UUID | None, state: str) -> UUID:
    """A trip in that state, with the log that leads there."""
    states = [reached for _, reached in _HISTORY]
    events = _HISTORY[: states.index(state) + 1]
    trip_id, at = uuid4(), datetime.now(UTC)
    trip = {
        "id": trip_id,
        "rider_id": rider_id,
        "driver_id": driver_id,
        "state": state,
        "version": len(events),
        "quote_id": uuid4(),
        "at": at,
        "ended_at": at if state == "completed" else None,
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_TRIP, trip)
        for seq, (name, reached) in enumerate(events, start=1):
            data = {"state": reached} | ({"pin": "4711"} if reached == "requested" else {})
            row = {"trip_id": trip_id, "seq": seq, "type": name, "at": at, "data": Jsonb(data)}
            connection.execute(_EVENT, row)
    return trip_id
