"""Lambda environments side by side: each with a connection of its own, all at one PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

from rideflow.kernel.clock import Clock, utc_now
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.outbox import Outbox
from rideflow.markets.model import Markets
from rideflow.pricing.routes import usual_route
from rideflow.pricing.service import Pricing, RequestQuote
from rideflow.pricing.store import PostgresQuotes
from rideflow.trips.model import Trip, rebuilt
from rideflow.trips.operating import Operators, StuckList
from rideflow.trips.rating import Ratings
from rideflow.trips.requesting import RequestTrip, TripRequests
from rideflow.trips.scheduled.booking import Bookings
from rideflow.trips.scheduled.model import ScheduledRide
from rideflow.trips.scheduled.store import PostgresScheduledRides
from rideflow.trips.scheduled.sweeping import DueRides
from rideflow.trips.scheduled.views import ScheduledRideView, ScheduleRide
from rideflow.trips.service import Trips
from rideflow.trips.silence_store import PostgresSilences
from rideflow.trips.store import PostgresTrips
from rideflow.trips.sweeping import StalledTrips
from rideflow.trips.views import TripView
from tests.assigning import assign_driver
from tests.databases import OWNER, database_at
from tests.keys import with_seals
from tests.market_data import DEPLOYED
from tests.rebuilding import as_logged, ride_rebuilt

MISSION_TO_FERRY = Point(lat=37.7749, lng=-122.4194), Point(lat=37.7936, lng=-122.3958)


class Bus:
    """Takes every event and keeps it."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        self.taken.extend(envelopes)
        return [envelope["id"] for envelope in envelopes]

    def types(self) -> Counter[str]:
        return Counter(envelope["type"] for envelope in self.taken)


class Environment:
    """The services as one Lambda environment has them."""

    def __init__(self, database_url: str, bus: Bus, clock: Clock = utc_now, markets: Markets = DEPLOYED) -> None:
        self.bus = bus
        self.database, self._url = database_at(database_url), database_url
        outbox = self.outbox = Outbox(self.database, bus)
        self.store = PostgresTrips(self.database)
        self.pricing = Pricing(PostgresQuotes(self.database), usual_route, markets, clock)
        self.requests = TripRequests(self.store, self.pricing, outbox, clock)
        self.trips = Trips(self.store, outbox, markets, clock)
        self.ratings = Ratings(self.store, outbox, clock, with_seals)
        self.stalled = StalledTrips(self.store, self.trips, outbox, clock)
        self.rides = PostgresScheduledRides(self.database)
        self.bookings = Bookings(self.rides, self.pricing, outbox, markets, clock)
        self.due_rides = DueRides(self.rides, self.pricing, outbox, markets, clock)
        self.silences = PostgresSilences(self.database)
        self.stuck_list = StuckList(self.silences, markets, clock)
        self.operators = Operators(self.trips, markets, clock)
        self.clock = clock

    def as_owner(self, statement: LiteralString) -> None:
        """Run a statement that functions have no right to."""
        owner = database_at(self._url, OWNER)
        try:
            owner.execute(statement, {})
        finally:
            owner.close()

    def add_card(self, rider_id: UUID) -> None:
        self.database.execute(
            "insert into payment_methods (provider, method_ref, rider_id, customer_ref, brand, last4)"
            " values ('stripe', %(id)s, %(rider_id)s, 'cus_1', 'visa', '4242')",
            {"id": f"pm_{uuid4().hex}", "rider_id": rider_id},
        )

    def quote(self, rider_id: UUID, way: tuple[Point, Point] = MISSION_TO_FERRY, product: str = "economy") -> UUID:
        pickup, dropoff = way
        request = RequestQuote(pickup=pickup, dropoff=dropoff, product=product)
        return self.pricing.quote(rider_id, request, IdempotencyKey.of(rider_id, "q", str(uuid4()), request)).id

    def request(self, rider_id: UUID, quote_id: UUID, key: str | None = None) -> TripView:
        wanted = RequestTrip(quote_id=quote_id)
        idempotency = IdempotencyKey.of(rider_id, "request_trip", key or str(uuid4()), wanted)
        return self.requests.request(rider_id, wanted, idempotency)

    def requested(self) -> UUID:
        rider_id = uuid4()
        self.add_card(rider_id)
        return self.request(rider_id, self.quote(rider_id)).id

    def matching(self) -> UUID:
        return self.trips.begin_matching(self.requested()).id

    def assigned(self, driver_id: UUID) -> UUID:
        return self.assign(self.matching(), driver_id).id

    def assign(self, trip_id: UUID, driver_id: UUID) -> Trip:
        """The trip gets this driver, as when they accept it."""
        return assign_driver(self.database, self.outbox, trip_id, driver_id, self.clock())

    def arrived(self, driver_id: UUID) -> UUID:
        return self.trips.arrive(driver_id, self.assigned(driver_id)).id

    def in_progress(self, driver_id: UUID) -> UUID:
        trip = self.trips.get(self.arrived(driver_id))
        return self.trips.start(driver_id, trip.id, trip.pin).id

    def completed(self, driver_id: UUID) -> UUID:
        return self.trips.complete(driver_id, self.in_progress(driver_id)).id

    def book(self, rider_id: UUID, in_: timedelta, key: str | None = None) -> ScheduledRideView:
        return self.book_quoted(rider_id, self.quote(rider_id), self.clock() + in_, key)

    def book_quoted(
        self, rider_id: UUID, quote_id: UUID, pickup_at: datetime, key: str | None = None
    ) -> ScheduledRideView:
        wanted = ScheduleRide(quote_id=quote_id, pickup_at=pickup_at)
        idempotency = IdempotencyKey.of(rider_id, "schedule_ride", key or str(uuid4()), wanted)
        return self.bookings.book(rider_id, wanted, idempotency)

    def ride(self, ride_id: UUID) -> ScheduledRide:
        ride = self.rides.find(ride_id)
        assert ride is not None
        return ride

    def ride_holds_together(self, ride_id: UUID) -> bool:
        """The ride is what its log tells, and it has a trip, which holds together, exactly where it was dispatched."""
        ride, log = self.ride(ride_id), self.rides.log(ride_id)
        trips = self.database.all("select id from trips where scheduled_ride_id = %(id)s", {"id": ride_id})
        return (
            ride_rebuilt(log) == ride
            and [entry.seq for entry in log] == list(range(1, ride.version + 1))
            and [row["id"] for row in trips] == ([ride.trip_id] if ride.state == "dispatched" else [])
            and all(self.holds_together(row["id"]) for row in trips)
        )

    def holds_together(self, trip_id: UUID) -> bool:
        """The trip is what its log tells, the log has no gap, and all that was committed was published."""
        trip, log = self.trips.get(trip_id), self.trips.log(trip_id)
        committed = {str(row["id"]) for row in self.database.all("select id from outbox", {})}
        return (
            rebuilt(log) == as_logged(trip)
            and [entry.seq for entry in log] == list(range(1, trip.version + 1))
            and committed <= {envelope["id"] for envelope in self.bus.taken}
        )


def at_once(environments: Sequence[Environment], act: Callable[[int, Environment], Any]) -> list[Any]:
    """What each environment's act answers, or the `DomainError` it raises; all start together."""
    start = threading.Barrier(len(environments))

    def run(number: int) -> Any:
        environments[number].database.one("select 1 as warm", {})
        start.wait(timeout=20)
        try:
            return act(number, environments[number])
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(environments)) as pool:
        return list(pool.map(run, range(len(environments))))
