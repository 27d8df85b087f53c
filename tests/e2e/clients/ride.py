"""A whole ride through a client that `openapi-python-client` made of `docs/openapi.json`, with its types alone.

`python ride.py SETTINGS`, a JSON object: `rest_url`, `stripe_url`, `stripe_api_key`, `code` (what is mailed),
`operator_token`, `pickup`, `near_pickup`, `dropoff`. Prints the trip's id and the receipt's amount as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from rideflow_client import AuthenticatedClient, Client
from rideflow_client.api.dispatch import accept_offer
from rideflow_client.api.drivers import add_vehicle, get_driver, go_offline, go_online, register_driver, verify_driver
from rideflow_client.api.identity import confirm, login, register
from rideflow_client.api.locations import record_positions
from rideflow_client.api.payments import add_card, get_receipt, list_cards
from rideflow_client.api.pricing import request_quote
from rideflow_client.api.trips import arrive_at_pickup, complete_trip, get_trip, request_trip, start_trip
from rideflow_client.models import (
    AcceptOfferConflictProblem,
    AcceptOfferNotFoundProblem,
    AddVehicle,
    CardSetupView,
    CardsView,
    ChosenRole,
    Confirm,
    ConfirmedView,
    DriverView,
    GoOnline,
    Login,
    OfferView,
    Point,
    Position,
    PositionBatch,
    PositionBatchView,
    QuoteView,
    ReceiptView,
    Register,
    RegisterDriver,
    RegisteredView,
    RequestQuote,
    RequestTrip,
    StartTrip,
    TokensView,
    TripState,
    TripStateConflictProblem,
    TripView,
    VehicleView,
)

PATIENCE_S = 60.0


class Ride:
    """A rider and a driver, each signed in with a client of their own."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.pickup, self.near_pickup, self.dropoff = (
            Point(**settings[name]) for name in ("pickup", "near_pickup", "dropoff")
        )
        self.rider = self.signed_in(ChosenRole.RIDER)
        self.driver = self.signed_in(ChosenRole.DRIVER)

    def signed_in(self, role: ChosenRole) -> AuthenticatedClient:
        open_to_all = Client(base_url=self.settings["rest_url"], timeout=httpx.Timeout(60))
        email, password = f"{role}-{uuid4().hex[:12]}@example.com", f"{uuid4().hex}-Ride1!"
        is_a(RegisteredView, register.sync(client=open_to_all, body=Register(email, password, role)))
        is_a(ConfirmedView, confirm.sync(client=open_to_all, body=Confirm(email, self.settings["code"])))
        tokens = is_a(TokensView, login.sync(client=open_to_all, body=Login(email, password)))
        return self.client(tokens.access_token)

    def client(self, token: str) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.settings["rest_url"], token=token, timeout=httpx.Timeout(60))

    def save_card(self) -> None:
        setup = is_a(CardSetupView, add_card.sync(client=self.rider, idempotency_key=str(uuid4())))
        answer = httpx.post(
            f"{self.settings['stripe_url']}/v1/setup_intents/{setup.setup_intent_id}/confirm",
            headers={"Authorization": f"Bearer {self.settings['stripe_api_key']}"},
            data={"payment_method": "pm_card_visa", "client_secret": setup.client_secret},
            timeout=60,
        )
        answer.raise_for_status()
        until(lambda: is_a(CardsView, list_cards.sync(client=self.rider)).cards)

    def go_online(self) -> None:
        me = RegisterDriver(name="Driver", phone="+14155550100", licence=f"D{uuid4().hex[:7]}")
        driver = is_a(DriverView, register_driver.sync(client=self.driver, body=me, idempotency_key=str(uuid4())))
        car = AddVehicle(uuid4().hex[:7].upper(), "Toyota", "Prius", 2023, "silver", "economy")
        vehicle = is_a(VehicleView, add_vehicle.sync(client=self.driver, body=car, idempotency_key=str(uuid4())))
        operator = self.client(self.settings["operator_token"])
        is_a(DriverView, verify_driver.sync(driver.id, client=operator))
        place = GoOnline(vehicle.id, self.near_pickup.lat, self.near_pickup.lng)
        is_a(DriverView, go_online.sync(client=self.driver, body=place))
        assert is_a(DriverView, get_driver.sync(client=self.driver)).online
        self.report((self.near_pickup, 10), (self.pickup, 0))

    def report(self, *way: tuple[Point, int]) -> None:
        """Report the driver's position of some seconds ago."""
        now = datetime.now(UTC)
        positions = [Position(place.lat, place.lng, now - timedelta(seconds=ago)) for place, ago in way]
        is_a(PositionBatchView, record_positions.sync(client=self.driver, body=PositionBatch(positions)))

    def requested(self) -> UUID:
        wish = RequestQuote(self.pickup, self.dropoff, "economy")
        quote = is_a(QuoteView, request_quote.sync(client=self.rider, body=wish, idempotency_key=str(uuid4())))
        body = RequestTrip(quote.id)
        trip = is_a(TripView, request_trip.sync(client=self.rider, body=body, idempotency_key=str(uuid4())))
        assert trip.state is TripState.REQUESTED
        return UUID(str(trip.id))

    def accept(self, trip_id: UUID) -> None:
        """Accepts repeatedly until the trip is offered; the code of the refusal is typed."""

        def accepted() -> bool:
            self.report((self.pickup, 0))
            answer = accept_offer.sync(trip_id, client=self.driver)
            if isinstance(answer, AcceptOfferNotFoundProblem):
                return False
            assert not isinstance(answer, AcceptOfferConflictProblem), answer.code
            return bool(is_a(OfferView, answer).trip_id == trip_id)

        until(accepted)
        until(lambda: self.state(trip_id) is TripState.DRIVER_ASSIGNED)

    def drive(self, trip_id: UUID) -> None:
        too_early = is_a(TripStateConflictProblem, complete_trip.sync(trip_id, client=self.driver))
        assert too_early.state is TripState.DRIVER_ASSIGNED, "what more a problem tells is typed"
        self.report((self.pickup, 0))
        is_a(TripView, arrive_at_pickup.sync(trip_id, client=self.driver))
        pin = is_a(TripView, get_trip.sync(trip_id, client=self.rider)).pin
        assert isinstance(pin, str)
        is_a(TripView, start_trip.sync(trip_id, client=self.driver, body=StartTrip(pin)))
        is_a(TripView, complete_trip.sync(trip_id, client=self.driver))

    def state(self, trip_id: UUID) -> TripState:
        return is_a(TripView, get_trip.sync(trip_id, client=self.rider)).state

    def receipt(self, trip_id: UUID) -> ReceiptView:
        until(lambda: self.state(trip_id) is TripState.PAID)
        return is_a(ReceiptView, get_receipt.sync(trip_id, client=self.rider))


def is_a[T](kind: type[T], answer: object) -> T:
    """The answer, which must be of this type; another answer is shown in the error."""
    assert isinstance(answer, kind), answer
    return answer


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s"
        time.sleep(1)


def main() -> None:
    ride = Ride(json.loads(sys.argv[1]))
    ride.save_card()
    ride.go_online()
    trip_id = ride.requested()
    ride.accept(trip_id)
    ride.drive(trip_id)
    receipt = ride.receipt(trip_id)
    assert not is_a(DriverView, go_offline.sync(client=ride.driver)).online
    print(json.dumps({"trip_id": str(trip_id), "amount_minor": receipt.amount_minor}))


if __name__ == "__main__":
    main()
