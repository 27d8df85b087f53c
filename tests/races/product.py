"""All operations of people, consumers and sagas on a trip, in one process."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from rideflow.drivers.api import GoOnline
from rideflow.drivers.service import Driving
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.outbox import Outbox
from rideflow.ledger.store import PostgresLedger
from rideflow.payments.methods.store import PostgresMethods
from rideflow.payments.orders.payer_actions import PostgresPayerActions
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.payments.providers.port import CaptureRequest, HoldRequest, ReleaseRequest
from rideflow.payments.providers.stripe.client import Stripe
from rideflow.payments.providers.stripe.gateway import StripeGateway
from rideflow.payments.sagas.authorization import Authorization, PrepareHold
from rideflow.payments.sagas.outcomes import Outcomes
from rideflow.payments.sagas.settlement import PrepareSettlement, RecordCapture, RecordRelease, Settlement
from rideflow.pricing.routes import usual_route
from rideflow.pricing.service import Pricing, RequestQuote
from rideflow.pricing.store import PostgresQuotes
from rideflow.supply.model import TripChange
from rideflow.trips.model import Trip
from rideflow.trips.requesting import RequestTrip, TripRequests
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.views import TripView
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.adapters.payments.stripe_at_hand import KnownSecrets
from tests.adapters.supply.street import CORNER, Street
from tests.keys import with_seals

FERRY_BUILDING = Point(lat=37.7936, lng=-122.3958)
_END = frozenset({"TripCompleted", "TripCancelled", "DriverCancelled"})
_GO_ON = frozenset({"DriverAssigned", "DriverArrived", "TripStarted"})


class Money:
    """The money's steps of both sagas, in the order in which their definitions run them."""

    def __init__(self, authorization: Authorization, settlement: Settlement, gateway: StripeGateway) -> None:
        self._authorization, self._settlement, self._gateway = authorization, settlement, gateway

    def hold(self, trip_id: UUID) -> str:
        """The match saga up to its wait: `held`, or `ended` if the trip ended meanwhile and the hold is released."""
        prepared = self._authorization.prepare(PrepareHold(trip_id=trip_id))
        if prepared.outcome != "place":
            return prepared.outcome
        recorded = self._authorization.record(self._gateway.hold(HoldRequest.model_validate(prepared.model_dump())))
        if recorded.outcome == "ended":
            self._gateway.release(ReleaseRequest.model_validate(recorded.model_dump()))
            self._settlement.record_release(RecordRelease(order_id=recorded.order_id))
        return recorded.outcome

    def settle(self, trip_id: UUID) -> str:
        """The settle saga; returns its action."""
        owed = self._settlement.prepare(PrepareSettlement(trip_id=trip_id))
        if owed.action == "capture":
            taken = self._gateway.capture(CaptureRequest.model_validate(owed.model_dump()))
            self._settlement.record_capture(RecordCapture.model_validate(taken.model_dump()))
        elif owed.action == "release":
            self._gateway.release(ReleaseRequest.model_validate(owed.model_dump()))
            self._settlement.record_release(RecordRelease.model_validate(owed.model_dump()))
        return owed.action


class Product(Zone):
    """A zone with the services of every context, on one connection."""

    def __init__(self, street: Street, stripe_url: str) -> None:
        super().__init__(street)
        here, database, clock = self.here, self.here.database, street.clock
        self.offer_responses, self.requests, self.matcher = here.offer_responses, here.requests, here.matcher
        self.manual, self.heartbeats = here.manual, street.heartbeats
        self.tracking, self.availability = street.tracking, street.availability
        outbox = Outbox(database, street.bus)
        self.trips = Trips(PostgresTrips(database), outbox, street.markets, clock, lambda: street.position_history)
        self.driving = Driving(PostgresDrivers(database, with_seals), outbox.publish, street.markets, clock)
        self.pricing = Pricing(PostgresQuotes(database), usual_route, street.markets, clock)
        self._requests = TripRequests(PostgresTrips(database), self.pricing, outbox, clock)
        orders, gateway = PostgresOrders(database), StripeGateway(Stripe(KnownSecrets(""), stripe_url), clock)
        ledger = PostgresLedger(database)
        listener = TripListener(here.trips)
        outcomes = Outcomes(orders, ledger, listener, outbox=outbox, clock=clock)
        settlement = Settlement(orders, outcomes, listener, self.pricing, outbox=outbox, clock=clock)
        authorization = Authorization(
            orders,
            PostgresPayerActions(database),
            PostgresMethods(database),
            ledger,
            listener,
            outbox=outbox,
            markets=street.markets,
            clock=clock,
        )
        self.money = Money(authorization, settlement, gateway)

    def close(self) -> None:
        super().close()
        self.street.close()

    # Acts of riders.

    def quote(self, rider_id: UUID, pickup: Point = CORNER, dropoff: Point = FERRY_BUILDING) -> UUID:
        wanted = RequestQuote(pickup=pickup, dropoff=dropoff, product="economy")
        return self.pricing.quote(rider_id, wanted, IdempotencyKey.of(rider_id, "quote", str(uuid4()), wanted)).id

    def request_trip(self, rider_id: UUID, quote_id: UUID) -> TripView:
        wanted = RequestTrip(quote_id=quote_id)
        return self._requests.request(rider_id, wanted, IdempotencyKey.of(rider_id, "request", str(uuid4()), wanted))

    def cancel_and_request(self, trip: Trip, quote_id: UUID) -> Trip:
        """The rider cancels the trip and requests another one."""
        self.trips.cancel(trip.rider_id, trip.id, None)
        return self.match(self.request_trip(trip.rider_id, quote_id).id)

    # Acts of drivers.

    def go_online(self, driver_id: UUID, vehicle_id: UUID) -> None:
        self.driving.go_online(driver_id, GoOnline(vehicle_id=vehicle_id, lat=CORNER.lat, lng=CORNER.lng))

    def drop_off(self, driver_id: UUID, trip_id: UUID) -> Trip:
        """Complete the trip, and deliver the events to all consumers at once."""
        before = len(self.street.bus.events)
        trip = self.trips.complete(driver_id, trip_id)
        for event in self.street.bus.events[before:]:
            self.hear(event)
        return trip

    def leave(self, driver_id: UUID) -> None:
        """The driver goes offline, and supply is the first consumer of the event."""
        self.driving.go_offline(driver_id)
        self.availability.went_offline(driver_id, self.street.bus.events[-1]["detail"]["version"])

    def online_again(self, driver_id: UUID) -> None:
        self.go_online(driver_id, self.driving.get(driver_id).vehicles[0].id)

    def lose_silent_drivers(self) -> None:
        """The sweep, and the consumers of its events."""
        before = len(self.street.bus.events)
        self.heartbeats.sweep()
        for event in self.street.bus.events[before:]:
            self.hear(event)
        for event in self.street.bus.events[before:]:
            if event["type"] == "DriverWentOffline":
                self.hear(event)

    # Steps of the match saga, up to its wait.

    def match(self, trip_id: UUID) -> Trip:
        """Hold the money and wait for a driver."""
        self.money.hold(trip_id)
        return self.wait(trip_id)

    def wait(self, trip_id: UUID) -> Trip:
        """Open the request; returns the trip. The saga's token and execution are named after the trip's version."""
        trip = self.trips.get(trip_id)
        self.requests.open(trip.id, f"{trip.id}-{trip.version}", f"token-{trip.id}-{trip.version}", PATIENCE)
        return trip

    # Consumers of events, without those that start sagas.

    def hear(self, event: dict[str, Any]) -> None:
        """Deliver the event to every context that consumes it."""
        kind, detail = event["type"], event["detail"]
        driver_id = UUID(detail["driver_id"]) if detail.get("driver_id") else None
        trip_id = UUID(detail["trip_id"]) if "trip_id" in detail else None
        if trip_id is not None:
            self._dispatch_hears(kind, trip_id, driver_id, datetime.fromisoformat(detail["at"]))
            if driver_id is not None and kind in _END | _GO_ON:
                self._supply_hears(kind, driver_id, trip_id, detail)
        elif kind == "DriverWentOffline" and driver_id is not None:
            self.requests.driver_left(driver_id)
            self.availability.went_offline(driver_id, detail["version"])
        elif kind == "DriverWentOnline" and driver_id is not None:
            self.availability.went_online(detail["zone"], driver_id, detail["version"])
        elif kind == "DriverHeartbeatLost" and driver_id is not None:
            self.driving.lose_heartbeat(driver_id, datetime.fromisoformat(detail["at"]))

    def _dispatch_hears(self, kind: str, trip_id: UUID, driver_id: UUID | None, at: datetime) -> None:
        if kind == "DriverAssigned" and driver_id is not None:
            self.requests.driver_assigned(trip_id, driver_id)
        elif kind == "TripCompleted" and driver_id is not None:
            self.offer_responses.keep_promise(driver_id, at)
        elif kind == "TripCancelled":
            self.requests.trip_ended(trip_id, "cancelled")
        elif kind == "NoDriverFound":
            self.requests.trip_ended(trip_id, "no_driver_found")

    def _supply_hears(self, kind: str, driver_id: UUID, trip_id: UUID, detail: dict[str, Any]) -> None:
        change = self.street.records.trip_in_hand(driver_id, trip_id)
        if kind in _END:
            change = TripChange(driver_id, trip_id, detail["version"], datetime.fromisoformat(detail["at"]), None)
        if change is not None:
            self.availability.trip_changed(change)
