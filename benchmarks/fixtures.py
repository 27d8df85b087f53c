"""People and trips at the moment where an operation under measurement begins."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.capture import CapturedDatabase, CapturedRedis
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey

ZONE = "sf-bay"
PICKUP = Point(lat=37.7749, lng=-122.4194)
DROPOFF = Point(lat=37.7936, lng=-122.3958)
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class OfferedTrip:
    """A trip that is offered to one driver."""

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID


class Fixtures:
    """Makes them with the product's own use cases, or as rows if no use case runs in process."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def online_driver(self, zone: str = ZONE) -> UUID:
        driver_id, vehicle_id, now = uuid4(), uuid4(), datetime.now(UTC)
        self._run(
            "insert into drivers (id, name, phone, licence, state, version, registered_at, verified_at, verified_by)"
            " values (%s, 'Driver', '+14155550100', 'D1', 'verified', 1, %s, %s, %s)",
            [driver_id, now, now, uuid4()],
        )
        self._run(
            "insert into driver_vehicles values (%s, %s, '7ABC123', 'Toyota', 'Prius', 2023, 'silver', 'economy', %s)",
            [vehicle_id, driver_id, now],
        )
        self._run(
            "update drivers set online = true, online_since = %s, vehicle_id = %s, zone = %s where id = %s",
            [now, vehicle_id, zone, driver_id],
        )
        return driver_id

    def rider_with_card(self, customer_id: str, method_ref: str) -> UUID:
        """`customer_id` and `method_ref` are Stripe's."""
        rider_id = uuid4()
        self._run(
            "insert into payment_methods (provider, method_ref, rider_id, customer_ref, brand, last4, exp_month,"
            " exp_year) values ('stripe', %s, %s, %s, 'visa', '4242', 12, 2030)",
            [method_ref, rider_id, customer_id],
        )
        return rider_id

    def rider_with_quote(self, pickup: Point = PICKUP) -> tuple[UUID, UUID]:
        from rideflow.pricing.service import RequestQuote
        from rideflow.pricing.wiring import pricing

        rider_id = self.rider_with_card("cus_1", f"pm_{uuid4().hex}")
        wanted = RequestQuote(pickup=pickup, dropoff=DROPOFF, product="economy")
        quote = pricing().quote(rider_id, wanted, IdempotencyKey.of(rider_id, "request_quote", str(uuid4()), wanted))
        return rider_id, quote.id

    def request_statements(self, rider_id: UUID, quote_id: UUID) -> list[tuple[Any, Any]]:
        """The statements that requesting the quoted trip sends to PostgreSQL: the read of the quote, and the write."""
        from rideflow.kernel.clock import utc_now
        from rideflow.kernel.outbox import Outbox
        from rideflow.kernel.postgres import database
        from rideflow.markets.wiring import markets
        from rideflow.pricing.routes import usual_route
        from rideflow.pricing.service import Pricing
        from rideflow.pricing.store import PostgresQuotes
        from rideflow.trips.errors import PaymentMethodRequiredError
        from rideflow.trips.requesting import RequestTrip, TripRequests
        from rideflow.trips.store import PostgresTrips

        captured, wanted = CapturedDatabase(reads=database()), RequestTrip(quote_id=quote_id)
        pricing = Pricing(PostgresQuotes(captured), usual_route, markets(), utc_now)
        requests = TripRequests(PostgresTrips(captured), pricing, Outbox(captured, lambda _: []), utc_now)
        with suppress(PaymentMethodRequiredError):  # the captured write was not sent and looks refused
            requests.request(rider_id, wanted, IdempotencyKey.of(rider_id, "request_trip", str(uuid4()), wanted))
        return captured.captured

    def requested_trip(self, pickup: Point = PICKUP) -> tuple[UUID, UUID]:
        """A trip that was just requested, and its rider."""
        from benchmarks.events import rest_event
        from functions.trips import request_trip

        rider_id, quote_id = self.rider_with_quote(pickup)
        answer = request_trip.app(rest_event("/v1/trips", rider_id, "trip:create", {"quote_id": str(quote_id)}), None)
        return UUID(json.loads(answer["body"])["id"]), rider_id

    def waiting_trip(self, pickup: Point, opened_at: datetime) -> tuple[UUID, UUID]:
        """A trip whose match saga has waited since `opened_at`, and its rider."""
        from rideflow.dispatch.store import PostgresOffers, Wait
        from rideflow.kernel.postgres import database
        from rideflow.trips.wiring import trips

        trip_id, rider_id = self.requested_trip(pickup)
        trips().begin_matching(trip_id)
        wait = Wait("bench", "token", opened_at + _PATIENCE)
        PostgresOffers(database()).open(trip_id, wait, opened_at)
        return trip_id, rider_id

    def offered_trip(self) -> OfferedTrip:
        (driver_id,), trip_id, rider_id = self.contested_trip(1)
        return OfferedTrip(trip_id, rider_id, driver_id)

    def contested_trip(self, drivers: int) -> tuple[list[UUID], UUID, UUID]:
        """A trip that is offered to this many drivers at once: the drivers, the trip, and its rider."""
        trip_id, rider_id = self.waiting_trip(PICKUP, datetime.now(UTC))
        driver_ids = [self.online_driver() for _ in range(drivers)]
        self._offer(trip_id, driver_ids)
        return driver_ids, trip_id, rider_id

    def release_script(self, offered: OfferedTrip) -> Sequence[tuple[Any, ...]]:
        """The script call that accepting the offered trip sends to Redis."""
        from rideflow.markets.wiring import markets
        from rideflow.supply.index.reservations import ReservationIndex
        from rideflow.supply.model import TripChange, TripInHand

        captured, now = CapturedRedis(), datetime.now(UTC)
        in_hand = TripInHand(offered.trip_id, offered.rider_id, "driver_assigned", PICKUP)
        assigned = TripChange(offered.driver_id, offered.trip_id, 3, now, in_hand)
        ReservationIndex(captured, markets()).release(ZONE, (), now, assigned)  # type: ignore[arg-type]
        return captured.captured

    def _offer(self, trip_id: UUID, driver_ids: Sequence[UUID]) -> None:
        from rideflow.dispatch.model import Strategy
        from rideflow.dispatch.store import PostgresOffers
        from rideflow.kernel.postgres import database
        from rideflow.matching.world import Proposal

        proposals = [Proposal(trip_id, driver_id, 800.0, 140.0) for driver_id in driver_ids]
        strategy = Strategy("broadcast", offers_per_trip=len(driver_ids))
        made = PostgresOffers(database()).make(
            ZONE, 1, proposals, strategy, datetime.now(UTC), lives=timedelta(hours=1)
        )
        if len(made) < len(driver_ids):
            raise RuntimeError("the offers under measurement were not made")

    def _run(self, statement: str, parameters: Sequence[object]) -> None:
        self._connection.execute(statement.encode(), parameters)


def recent_moments() -> Iterator[datetime]:
    """Consecutive milliseconds in the recent past."""
    began = datetime.now(UTC) - timedelta(seconds=1)
    return (began + timedelta(milliseconds=number) for number in itertools.count())
