"""One statement reads the rides of a market, by indexes alone, however many trips there ever were."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg

from rideflow.kernel.postgres import sql
from rideflow.operations.channel.rides import RideReader
from tests.adapters.operations.channel import Channel

ZONES = ["sf-bay", "sfo", "south-bay"]


def read(channel: Channel, asked: tuple[str, ...] = (), since_s: float | None = None) -> dict[str, Any]:
    now = channel.street.now
    since = None if since_s is None else now - timedelta(seconds=since_s)
    return dict(RideReader(channel.street.database).read(ZONES, since, asked, now))


def test_the_first_reading_has_every_ride_and_later_ones_what_has_changed(channel: Channel) -> None:
    street = channel.street
    old = street.trip("matching")
    street.passes(60)
    new = street.trip("driver_assigned", driver_id=street.driver())
    street.trip("completed", driver_id=street.driver())

    first, later = read(channel), read(channel, since_s=5)

    assert {trip_id for trip_id, _ in first["living"]} == {str(old), str(new)}
    assert {row["trip_id"] for row in first["changed"]} == {str(old), str(new)}
    assert {trip_id for trip_id, _ in later["living"]} == {str(old), str(new)}
    assert {row["trip_id"] for row in later["changed"]} == {str(new)}
    assert {event[0] for event in later["happened"]} == {str(new)}


def test_what_is_asked_for_by_id_is_read_whatever_its_time(channel: Channel) -> None:
    street = channel.street
    old = street.trip("matching")
    ended = street.trip("completed", driver_id=street.driver())
    street.passes(3)

    found = read(channel, (str(old), str(ended)), since_s=5)

    assert {row["trip_id"] for row in found["changed"]} == {str(old)}
    assert ("TripCompleted", str(ended)) in {(event[2], event[0]) for event in found["happened"]}


def test_rides_of_another_market_are_not_read(channel: Channel) -> None:
    trip = channel.street.trip("matching")
    channel.street.rows("update trips set zone = 'manhattan' where id = %s returning id", trip)

    assert read(channel)["living"] == []


def test_a_request_is_offered_while_an_offer_is_live(channel: Channel) -> None:
    street = channel.street
    trip = street.trip("matching")
    street.rows(
        "with request as (insert into match_requests (trip_id, rider_id, zone, product, pickup_lat, pickup_lng,"
        " dropoff_lat, dropoff_lng, fare_amount_minor, currency, execution, task_token, opened_at, expires_at)"
        " values (%s, %s, 'sf-bay', 'economy', 0, 0, 0, 0, 1, 'USD', 'e', 't', %s, %s) returning trip_id)"
        " insert into offers (trip_id, driver_id, zone, slot, state, offered_at, expires_at, pickup_distance_m,"
        " pickup_eta_s) select trip_id, %s, 'sf-bay', 0, 'open', %s, %s, 1, 1 from request returning trip_id",
        trip, uuid4(), street.now, street.now + timedelta(minutes=5), uuid4(), street.now,
        street.now + timedelta(seconds=15),
    )  # fmt: skip
    assert read(channel)["offered"] == [str(trip)]

    street.passes(15)
    assert read(channel)["offered"] == []


def test_the_statement_needs_no_scan_of_what_is_over(channel: Channel) -> None:
    """30,000 trips are over, with their events; 300 go on."""
    with psycopg.connect(channel.street.database_url, autocommit=True) as connection:
        connection.execute(
            "insert into trips (id, rider_id, driver_id, state, version, market, zone, product, pickup_lat, pickup_lng,"
            " pickup_cell, dropoff_lat, dropoff_lng, dropoff_cell, quote_id, quoted_amount_minor, currency,"
            " quote_breakdown, quoted_distance_m, quoted_duration_s, pin, requested_at, matching_at)"
            " select gen_random_uuid(), gen_random_uuid(), case when n > 300 then gen_random_uuid() end,"
            " case when n > 300 then 'paid' else 'matching' end, 2, 'san_francisco', 'sf-bay', 'economy', 37.7, -122.4,"
            " 1, 37.8, -122.4, 1, gen_random_uuid(), 1840, 'USD', '{}', 3200, 700, '4711', now(), now()"
            " from generate_series(1, 30000) as n"
        )
        connection.execute(
            "insert into trip_events (trip_id, seq, type, at, actor, data)"
            " select id, seq, 'TripRequested', now(), 'system', '{}' from trips, generate_series(1, 2) as seq"
        )
        connection.execute("analyze")
        statement = re.sub(r"--.*", "", sql("rideflow.operations", "market_rides"))
        plan = connection.execute(
            f"explain (analyze, format text) {statement}".encode(),
            {
                "zones": ZONES, "since": channel.street.now - timedelta(seconds=5), "asked": [uuid4()],
                "events_since": channel.street.now - timedelta(seconds=5), "now": channel.street.now,
            },
        ).fetchall()  # fmt: skip
    text = "\n".join(row[0] for row in plan)

    scanned = set(re.findall(r"Seq Scan on (\w+)", text))
    assert scanned <= {"offers", "match_requests"}, text  # both are empty here
    assert "trips_one_active_per_rider" in text, text
