"""Drivers alone keep the plate, make and colour of a vehicle; trips, their log and events have its id (ADR 130)."""

import json
from datetime import timedelta

from rideflow.kernel.vehicles import Vehicle
from rideflow.pricing.model import FareBreakdown
from rideflow.realtime.frames import TripUpdated
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.zone import Zone

TABLES = "select relname::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"


def kept_in(zone: Zone, word: str) -> set[str]:
    """The tables with a row whose text, of whichever column, has the word."""
    tables = [row["name"] for row in zone.street.rows(TABLES)]
    assert {"trips", "trip_events", "match_requests", "offers", "outbox", "driver_vehicles"} <= set(tables)
    having = "select 1 from {0} as kept where strpos(kept::text, %s) > 0 limit 1"
    return {table for table in tables if zone.street.rows(having.format(table), word)}


def ridden(zone: Zone) -> Vehicle:
    """The vehicle of a ride whose first driver gave it back, from the request to the payment."""
    first, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    assert accept(zone, first, trip) is None
    zone.here.trips.cancel(first, trip, None)
    second = zone.street.driver_at(200)
    zone.here.requests.open(trip, f"{trip}-4", "second-token", timedelta(minutes=5))
    zone.tick()
    assert accept(zone, second, trip) is None
    zone.here.trips.arrive(second, trip)
    zone.here.trips.start(second, trip, zone.trip(trip)["pin"])
    zone.here.trips.complete(second, trip)
    zone.here.trips.settled(trip, FareBreakdown.of("USD", {"base": 1840}))
    assert zone.trip(trip)["state"] == "paid"
    driven = zone.here.trips.get(trip).vehicle
    assert driven is not None
    return driven


def test_after_a_ride_one_table_of_drivers_has_the_plate_make_model_and_colour(zone: Zone) -> None:
    vehicle = ridden(zone)

    words = (vehicle.plate, vehicle.make, vehicle.model, vehicle.colour)
    assert [kept_in(zone, word) for word in words] == [{"driver_vehicles"}] * 4
    assert {"trips", "trip_events", "outbox"} <= kept_in(zone, str(vehicle.id))


def test_no_event_of_a_ride_has_the_plate_make_model_or_colour(zone: Zone) -> None:
    vehicle = ridden(zone)

    told = json.dumps(zone.street.bus.events)
    assert {event["type"] for event in zone.street.bus.events} >= {"DriverAssigned", "DriverCancelled", "TripPaid"}
    assert str(vehicle.id) in told
    assert not any(word in told for word in (vehicle.plate, vehicle.make, vehicle.model, vehicle.colour))


def test_the_rider_is_shown_the_whole_vehicle_nevertheless(zone: Zone) -> None:
    vehicle = ridden(zone)

    cards = [frame.driver for _, frame in zone.street.told.frames if isinstance(frame, TripUpdated) and frame.driver]
    assert len(cards) == 2
    assert cards[1].vehicle == vehicle
    assert vehicle.plate == "8ABC123"
