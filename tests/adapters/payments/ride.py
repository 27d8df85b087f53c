"""Rides to pay for, and the money steps of both sagas, called by tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Fix, Point, Sightings
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ids import uuid7
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database
from rideflow.ledger.store import PostgresLedger
from rideflow.markets.model import Markets
from rideflow.payments.methods.store import PostgresMethods
from rideflow.payments.orders.payer_actions import PostgresPayerActions
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.payments.providers.port import AwaitedHold, CaptureRequest, HoldRequest, PlacedHold, ReleaseRequest
from rideflow.payments.providers.stripe.gateway import StripeGateway
from rideflow.payments.providers.stripe.store import PostgresStripeEvents
from rideflow.payments.providers.stripe.webhooks import StripeEventHandler, Webhooks
from rideflow.payments.sagas.authorization import Authorization, PreparedHold, PrepareHold, RecordedHold
from rideflow.payments.sagas.found_holds import FoundHolds
from rideflow.payments.sagas.outcomes import Outcomes
from rideflow.payments.sagas.payer import AskPayer, PayerConfirmation
from rideflow.payments.sagas.settlement import (
    PreparedSettlement,
    PrepareSettlement,
    RecordCapture,
    RecordCaptureFailure,
    RecordRelease,
    Settlement,
)
from rideflow.pricing.routes import usual_route
from rideflow.pricing.service import Pricing, RequestQuote
from rideflow.pricing.store import PostgresQuotes
from rideflow.trips.requesting import RequestTrip, TripRequests
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from tests.adapters.payments.stripe_at_hand import SECRET, KnownSecrets, StripeAtHand
from tests.assigning import assign_driver
from tests.booked import TRIPS_ACCOUNTS, sums
from tests.databases import OWNER, database_at
from tests.market_data import DEPLOYED

FERRY_BUILDING = Point(lat=37.7955, lng=-122.3937)
MISSION = Point(lat=37.7599, lng=-122.4148)
PIN = "0042"


class Published:
    """A bus that accepts everything."""

    def __init__(self) -> None:
        self.envelopes: list[dict[str, Any]] = []

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        self.envelopes += envelopes
        return [envelope["id"] for envelope in envelopes]

    def types(self) -> list[str]:
        return [envelope["type"] for envelope in self.envelopes]


class Pushed:
    """The frames that were pushed, each with its person."""

    def __init__(self) -> None:
        self.frames: list[tuple[UUID, Frame]] = []

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - the port's name
        self.frames.append((person_id, frame))
        return 1


@dataclass
class Hand:
    """One execution environment: services on a connection of its own."""

    database: Database
    trips: Trips
    requests: TripRequests
    pricing: Pricing
    authorization: Authorization
    payer: PayerConfirmation
    settlement: Settlement
    webhooks: Webhooks
    found: FoundHolds
    handler: StripeEventHandler


@dataclass
class AtThePickup:
    """Drivers whose phones moved to the pickup within the last half a minute."""

    clock: Clock
    pickup: Point = FERRY_BUILDING
    came_from: Point = MISSION

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        now = self.clock()
        return Sightings([Fix(now - timedelta(seconds=30), self.came_from), Fix(now, self.pickup)], is_complete=True)


class House:
    """The environment of payments. The clock stands until a test moves it."""

    def __init__(
        self,
        database_url: str,
        stripe: StripeAtHand,
        markets: Markets = DEPLOYED,
        way: tuple[Point, Point] = (FERRY_BUILDING, MISSION),
    ) -> None:
        self.database_url = database_url
        self.stripe = stripe
        self.markets, self.way, self.product = markets, way, "economy"
        self.gateway = StripeGateway(stripe.ours, self.clock)
        self.published, self.pushed = Published(), Pushed()
        self.answered: list[tuple[str, str]] = []
        """The task tokens that were answered, each with its outcome."""
        self.now = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
        self.owner = database_at(database_url, OWNER)
        self._hands: list[Hand] = []
        self.hand = self.another_hand()

    def another_hand(self) -> Hand:
        database = database_at(self.database_url)
        outbox, orders, ledger = Outbox(database, self.published), PostgresOrders(database), PostgresLedger(database)
        store, events = PostgresTrips(database), PostgresStripeEvents(database)
        trips, pricing = (
            Trips(store, outbox, self.markets, self.clock, lambda: AtThePickup(self.clock, *self.way)),
            Pricing(PostgresQuotes(database), usual_route, self.markets, self.clock),
        )
        listener = TripListener(trips)
        outcomes = Outcomes(orders, ledger, listener, outbox=outbox, clock=self.clock)
        settlement = Settlement(orders, outcomes, listener, pricing, outbox=outbox, clock=self.clock)
        methods, payer_actions = PostgresMethods(database), PostgresPayerActions(database)
        found = FoundHolds(orders, outbox, self.clock)
        hand = Hand(
            database=database,
            trips=trips,
            requests=TripRequests(store, pricing, outbox, self.clock, lambda: PIN),
            pricing=pricing,
            authorization=Authorization(
                orders, payer_actions, methods, ledger, listener, outbox=outbox, markets=self.markets, clock=self.clock
            ),
            payer=PayerConfirmation(orders, payer_actions, self.pushed, self.answer_saga, self.clock),
            settlement=settlement,
            webhooks=Webhooks(events, KnownSecrets(""), outbox, self.clock),
            found=found,
            handler=StripeEventHandler(
                events, orders, payer_actions, outcomes, self.answer_saga, found=found, outbox=outbox, clock=self.clock
            ),
        )
        self._hands.append(hand)
        return hand

    def close(self) -> None:
        for hand in self._hands:
            hand.database.close()
        self.owner.close()

    def clock(self) -> datetime:
        return self.now

    def answer_saga(self, task_token: str, outcome: str) -> None:
        self.answered.append((task_token, outcome))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def rider(self, card: str = "pm_card_visa") -> UUID:
        """A rider with a saved card."""
        rider_id = uuid7()
        customer_id, method_ref = self.stripe.customer_with(card)
        self.hand.database.execute(
            "insert into payment_methods"
            " (provider, method_ref, rider_id, customer_ref, brand, last4, exp_month, exp_year)"
            " values ('stripe', %(method)s, %(rider)s, %(customer)s, 'visa', '4242', 12, 2034)",
            {"method": method_ref, "rider": rider_id, "customer": customer_id},
        )
        return rider_id

    def requested(self, rider_id: UUID | None = None) -> UUID:
        """A requested trip."""
        rider_id = rider_id or self.rider()
        pickup, dropoff = self.way
        wanted = RequestQuote(pickup=pickup, dropoff=dropoff, product=self.product)
        quote = self.hand.pricing.quote(rider_id, wanted, a_key(rider_id, wanted))
        request = RequestTrip(quote_id=quote.id)
        return self.hand.requests.request(rider_id, request, a_key(rider_id, request)).id

    def matched(self, trip_id: UUID) -> UUID:
        """Assign a driver to the trip; returns the driver."""
        driver_id = uuid7()
        database = self.hand.database
        told = Outbox(database, self.published)
        assign_driver(database, told, trip_id, driver_id, self.clock())
        return driver_id

    def ridden(self, trip_id: UUID, driver_id: UUID, minutes: int = 9) -> None:
        trips = self.hand.trips
        trips.arrive(driver_id, trip_id)
        trips.start(driver_id, trip_id, PIN)
        self.later(minutes=minutes)
        trips.complete(driver_id, trip_id)

    def completed(self, card: str = "pm_card_visa") -> UUID:
        """A completed ride with a hold."""
        trip_id = self.requested(self.rider(card))
        self.hold(trip_id)
        self.ridden(trip_id, self.matched(trip_id))
        return trip_id

    # The match saga's money steps.

    def prepared(self, trip_id: UUID) -> PreparedHold:
        return self.hand.authorization.prepare(PrepareHold(trip_id=trip_id))

    def prepared_again(self, order: dict[str, Any]) -> PreparedHold:
        """The result of the step with which the match saga opened the order."""
        return PreparedHold(
            outcome="place",
            trip_id=order["trip_id"],
            order_id=order["id"],
            provider=order["provider"],
            amount_minor=order["amount_minor"],
            currency=order["currency"],
            customer_ref=order["customer_ref"],
            method_ref=order["method_ref"],
            idempotency_key=f"hold-{order['id']}",
        )

    def placed(self, prepared: PreparedHold) -> PlacedHold:
        """The hold, without its end: Stripe's clock is not the house's, and tests say an end where they need one."""
        placed = self.gateway.hold(HoldRequest.model_validate(prepared.model_dump()))
        return placed.model_copy(update={"capture_before": None})

    def hold(self, trip_id: UUID) -> RecordedHold:
        return self.hand.authorization.record(self.placed(self.prepared(trip_id)))

    def ask_payer(self, trip_id: UUID, task_token: str = "token") -> None:
        self.hand.payer.ask(AskPayer(trip_id=trip_id, task_token=task_token))

    def concluded(self, recorded: RecordedHold) -> PlacedHold:
        return self.gateway.conclude(AwaitedHold.model_validate(recorded.model_dump()))

    # The settle saga.

    def settlement(self, trip_id: UUID, **driven: float) -> PreparedSettlement:
        return self.hand.settlement.prepare(PrepareSettlement.model_validate({"trip_id": trip_id, **driven}))

    def next_attempt(self, trip_id: UUID) -> PreparedSettlement:
        """The settlement when its next attempt is due."""
        (order,) = self.rows("select max(retry_at) as due from payment_orders where trip_id = %(id)s", id=trip_id)
        self.now = max(self.now, order["due"] or self.now)
        return self.settlement(trip_id)

    def capture(self, prepared: PreparedSettlement) -> RecordCapture:
        made = self.gateway.capture(CaptureRequest.model_validate(prepared.model_dump()))
        return RecordCapture.model_validate(made.model_dump())

    def settle(self, trip_id: UUID, **driven: float) -> str:
        """The whole saga; returns its action."""
        prepared = self.settlement(trip_id, **driven)
        if prepared.action == "capture":
            self.hand.settlement.record_capture(self.capture(prepared))
        elif prepared.action == "release":
            self.release(prepared)
        return prepared.action

    def release(self, prepared: PreparedSettlement) -> None:
        ended = self.gateway.release(ReleaseRequest.model_validate(prepared.model_dump()))
        document = {**prepared.model_dump(), **ended.model_dump()}
        self.hand.settlement.record_release(RecordRelease.model_validate(document))

    def refused(self, prepared: PreparedSettlement, error: str) -> Any:
        document = {**prepared.model_dump(), "error": error}
        return self.hand.settlement.record_capture_failure(RecordCaptureFailure.model_validate(document))

    # Webhooks.

    def webhook(self, event: dict[str, Any]) -> None:
        """Deliver the event as Stripe does; it is stored and handled."""
        self.store(event)
        self.hand.handler.handle(event["id"])

    def store(self, event: dict[str, Any]) -> None:
        import json

        import stripe

        body = json.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(body, SECRET.webhook_secret)
        self.hand.webhooks.receive(body, signature)

    # The contents of the books.

    def rows(self, statement: LiteralString, **parameters: Any) -> list[dict[str, Any]]:
        return self.owner.all(statement, parameters)

    def order(self, trip_id: UUID, kind: str = "fare") -> dict[str, Any]:
        found = self.rows(
            "select * from payment_orders where trip_id = %(trip_id)s and kind = %(kind)s", trip_id=trip_id, kind=kind
        )
        assert len(found) == 1, found
        return found[0]

    def ledger(self, trip_id: UUID) -> dict[str, int]:
        return sums(self.rows(TRIPS_ACCOUNTS, trip_id=trip_id))

    def state(self, trip_id: UUID) -> str:
        return str(self.hand.trips.get(trip_id).state)


def a_key(person_id: UUID, request: Any) -> IdempotencyKey:
    return IdempotencyKey.of(person_id, type(request).__name__, str(uuid7()), request)
