"""Riders with a card and a quote, and trips taken to where a test begins: the fixture `rides`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from functions.trips import arrive_at_pickup, cancel_trip, complete_trip, get_trip, rate_trip, request_trip, start_trip
from rideflow.kernel.access import Caller
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.kernel.ride_requirements import Needs
from rideflow.pricing.model import FareBreakdown
from rideflow.pricing.service import RequestQuote
from rideflow.pricing.wiring import pricing
from rideflow.supply.position import PhoneClock, Position
from rideflow.supply.wiring import availability_index, driver_records, position_index, trip_index
from rideflow.trips.model import Trip, TripState
from rideflow.trips.wiring import trips
from tests.assigning import assign_driver
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in

PICKUP = {"lat": 37.7749, "lng": -122.4194}
ZONE, DEGREE_M = "sf-bay", 111_195.0
DROPOFF = {"lat": 37.7936, "lng": -122.3958}


@dataclass
class Rides:
    """What apps and sagas do to trips, by the handlers and the service they use."""

    cloud: Cloud
    rider: Caller = field(default_factory=lambda: signed_in("rider"))
    driver: Caller = field(default_factory=lambda: signed_in("driver"))
    other_driver: Caller = field(default_factory=lambda: signed_in("driver"))
    operator: Caller = field(default_factory=lambda: signed_in("operator"))

    def add_card(self, rider: Caller | None = None) -> None:
        self.cloud.rows(
            "insert into payment_methods (provider, method_ref, rider_id, customer_ref, brand, last4, exp_month,"
            " exp_year) values ('stripe', %s, %s, 'cus_1', 'visa', '4242', 12, 2030)",
            f"pm_{uuid4().hex}",
            (rider or self.rider).id,
        )

    def quote(
        self, rider: Caller | None = None, *, valid_for: timedelta = timedelta(minutes=2), needs: Needs | None = None
    ) -> str:
        """A quote stored as pricing stores it, of the usual ride."""
        request = RequestQuote(
            pickup=Point(**PICKUP), dropoff=Point(**DROPOFF), product="economy", needs=needs or Needs()
        )
        person = (rider or self.rider).id
        quote = pricing().quote(person, request, IdempotencyKey.of(person, "request_quote", str(uuid4()), request))
        self.cloud.rows(
            "update quotes set expires_at = %s, created_at = least(created_at, %s) where id = %s",
            datetime.now(UTC) + valid_for,
            datetime.now(UTC) + valid_for - timedelta(minutes=2),
            quote.id,
        )
        return str(quote.id)

    def request(self, quote_id: str | None = None, *, key: str | None = None, rider: Caller | None = None) -> Answer:
        return self.post(
            request_trip.app,
            "/v1/trips",
            {"quote_id": quote_id or self.quote(rider)},
            rider or self.rider,
            key=key or str(uuid4()),
        )

    def requested(self, rider: Caller | None = None) -> str:
        self.add_card(rider)
        asked = self.request(rider=rider)
        assert asked.status == 202, asked.body
        return str(asked.body["id"])

    def matching(self) -> str:
        trip_id = self.requested()
        trips().begin_matching(UUID(trip_id))
        return trip_id

    def assigned(self) -> str:
        trip_id = self.matching()
        self.gives(trip_id, self.driver)
        return trip_id

    def gives(self, trip_id: str | UUID, driver: Caller) -> Trip:
        """The trip gets this driver, as when they accept it."""
        return assign_driver(database(), outbox(), UUID(str(trip_id)), driver.id, datetime.now(UTC))

    def stands(self, north_m: float = 0, *, ago: timedelta = timedelta(0), driver: Caller | None = None) -> None:
        """The driver's phone said then that it was so many metres north of the pickup."""
        driver_id, at = (driver or self.driver).id, datetime.now(UTC) - ago
        place = {"lat": PICKUP["lat"] + north_m / DEGREE_M, "lng": PICKUP["lng"]}
        availability_index().admit(ZONE, driver_id, "economy", 1)
        position_index().record(ZONE, driver_id, [Position.model_validate({**place, "recorded_at": at})], at)

    def shows(self, clock_off: timedelta, north_m: float = 0, *, sent_at: bool = True) -> None:
        """The driver's phone, whose clock is so far ahead, said three times within ten seconds where it is now."""
        now, place = datetime.now(UTC), Point(lat=PICKUP["lat"] + north_m / DEGREE_M, lng=PICKUP["lng"])
        for ago_s in (8, 4, 0):
            at = now - timedelta(seconds=ago_s)
            position = Position(lat=place.lat, lng=place.lng, recorded_at=at + clock_off)
            clock = PhoneClock(at + clock_off, at_sending=True) if sent_at else None
            position_index().record(ZONE, self.driver.id, [position], at, clock=clock)

    def was_asked(self, trip_id: str, pickup_distance_m: int) -> None:
        """Dispatch offered the trip to the driver from so far away, and they took it."""
        self.cloud.rows("update trips set assigned_distance_m = %s where id = %s", pickup_distance_m, trip_id)

    def knows(self, trip_id: str) -> None:
        """Supply has heard of the driver's trip: positions belong to its path from now on."""
        change = driver_records().trip_in_hand(self.driver.id, UUID(trip_id))
        assert change is not None
        availability_index().admit(ZONE, self.driver.id, "economy", 1)
        trip_index().change(ZONE, change, datetime.now(UTC))

    def arrived(self) -> str:
        trip_id = self.assigned()
        self.stands()
        assert self.arrive(trip_id).status == 200
        return trip_id

    def in_progress(self) -> str:
        trip_id = self.arrived()
        assert self.start(trip_id, self.pin(trip_id)).status == 200
        return trip_id

    def completed(self) -> str:
        trip_id = self.in_progress()
        assert self.complete(trip_id).status == 200
        return trip_id

    def paid(self) -> str:
        trip_id = self.completed()
        trips().settled(UUID(trip_id), FareBreakdown.of("USD", {"base": 1840}))
        return trip_id

    def get(self, trip_id: str, caller: Caller | None = None) -> Answer:
        return answer(get_trip.app, rest_event("GET", f"/v1/trips/{trip_id}", caller=caller or self.rider))

    def pin(self, trip_id: str) -> str:
        return str(self.get(trip_id).body["pin"])

    def wrong_pin(self, trip_id: str) -> str:
        return "0000" if self.pin(trip_id) != "0000" else "0001"

    def arrive(self, trip_id: str, driver: Caller | None = None, **late: Any) -> Answer:
        return self.post(arrive_at_pickup.app, f"/v1/trips/{trip_id}/arrive", late, driver or self.driver)

    def start(self, trip_id: str, pin: str, driver: Caller | None = None, **late: Any) -> Answer:
        return self.post(start_trip.app, f"/v1/trips/{trip_id}/start", {"pin": pin, **late}, driver or self.driver)

    def complete(self, trip_id: str, driver: Caller | None = None, **late: Any) -> Answer:
        return self.post(complete_trip.app, f"/v1/trips/{trip_id}/complete", late, driver or self.driver)

    def cancel(self, trip_id: str, caller: Caller, body: Any = None) -> Answer:
        return self.post(cancel_trip.app, f"/v1/trips/{trip_id}/cancel", body, caller)

    def rate(self, trip_id: str, caller: Caller, body: Any, *, key: str | None = None) -> Answer:
        return self.post(rate_trip.app, f"/v1/trips/{trip_id}/ratings", body, caller, key=key or str(uuid4()))

    def post(self, app: Any, path: str, body: Any, caller: Caller | None, *, key: str | None = None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return answer(app, rest_event("POST", path, body, caller, headers))

    def cancelled(self) -> str:
        trip_id = self.matching()
        assert self.cancel(trip_id, self.rider).status == 200
        return trip_id

    def no_driver_found(self) -> str:
        trip_id = self.matching()
        trips().give_up(UUID(trip_id))
        return trip_id

    def payment_failed(self) -> str:
        trip_id = self.completed()
        trips().payment_failed(UUID(trip_id))
        return trip_id

    def taken_to(self, state: TripState) -> str:
        """A new trip, taken to the state the usual way."""
        ways = {TripState.DRIVER_ASSIGNED: self.assigned, TripState.DRIVER_ARRIVED: self.arrived}
        return ways[state]() if state in ways else str(getattr(self, state)())

    def made_earlier(self, trip_id: str, ago: timedelta) -> None:
        """Moves all that happened to the trip into the past."""
        times = ("requested", "matching", "assigned", "arrived", "arrival_told", "started", "completed", "ended")
        moved = ", ".join(f"{name}_at = {name}_at - %s" for name in times)
        self.cloud.rows(f"update trips set {moved} where id = %s", *[ago] * len(times), trip_id)

    def published(self) -> list[str]:
        return [event["detail-type"] for event in self.cloud.published()]
