"""A rider with a card and their rides, all by handlers, with the events that phones, Stripe and sagas would send."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import stripe

from functions.payments import (
    add_card,
    list_cards,
    on_card_saved,
    on_stripe_event,
    place_hold,
    prepare_hold,
    receive_stripe_webhook,
    record_hold,
)
from functions.pricing import request_quote
from functions.trips import request_trip
from rideflow.kernel.access import Caller
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.wiring import trips
from tests.adapters.payments.stripe_at_hand import SECRET, StripeAtHand
from tests.assigning import assign_driver
from tests.booked import TRIPS_ACCOUNTS, sums
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, LambdaContext, answer, event_of, rest_event, signed_in, sqs_event
from tests.market_data import DEPLOYED

PLACES = {"pickup": {"lat": 37.7955, "lng": -122.3937}, "dropoff": {"lat": 37.7599, "lng": -122.4148}}


@dataclass
class Money:
    """Amounts are read from the books and from Stripe, never from what a handler said."""

    cloud: Cloud
    stripe: StripeAtHand
    rider: Caller = field(default_factory=lambda: signed_in("rider"))
    driver: Caller = field(default_factory=lambda: signed_in("driver"))
    orphans: list[dict[str, Any]] = field(default_factory=list)
    delivered: list[dict[str, Any]] = field(default_factory=list)

    def begin_card(self, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return answer(add_card.app, rest_event("POST", "/v1/riders/me/cards", None, self.rider, headers))

    def confirm_card(self, setup: Answer, card: str = "pm_card_visa") -> None:
        """Confirm a card at Stripe, as the phone does."""
        self.stripe.client.v1.setup_intents.confirm(setup.body["setup_intent_id"], {"payment_method": card})

    def add_card(self, card: str = "pm_card_visa") -> None:
        self.confirm_card(self.begin_card(), card)
        self.deliver_webhooks()

    def cards(self) -> list[dict[str, Any]]:
        listed = answer(list_cards.app, rest_event("GET", "/v1/riders/me/cards", None, self.rider))
        return list(listed.body["cards"])

    def deliver_webhooks(self, events: list[dict[str, Any]] | None = None) -> None:
        """Post Stripe's events to the webhook, and deliver the events that it put on the bus."""
        for event in self.stripe.events() if events is None else events:
            assert self.webhook(json.dumps(event)).status == 200
        self.deliver_news()

    def webhook(self, body: str, signature: str | None = None, header: str = "Stripe-Signature") -> Answer:
        signature = signature or stripe.WebhookSignature.generate_signature_header(body, SECRET.webhook_secret)
        event = rest_event("POST", "/v1/webhooks/stripe", body, headers={header: signature})
        return answer(receive_stripe_webhook.app, event)

    def deliver_news(self) -> None:
        """Deliver the events of payments to their consumers, and the events of those consumers in turn."""
        while news := self.cloud.published():
            self._deliver(news)

    def _deliver(self, told: list[dict[str, Any]]) -> None:
        self.delivered += told
        for news in told:
            if news["detail-type"] == "HoldOrphaned":
                self.orphans.append(news)
            if news["detail-type"] == "StripeEventReceived":
                batch = sqs_event(event_of(news["detail-type"], news["source"], news["detail"]))
                for consumer in (on_stripe_event, on_card_saved):
                    assert consumer.app(batch, LambdaContext()) == {"batchItemFailures": []}

    def quote(self, **changes: Any) -> Answer:
        body = {**PLACES, "product": "economy", **changes}
        headers = {"Idempotency-Key": str(uuid4())}
        return answer(request_quote.app, rest_event("POST", "/v1/quotes", body, self.rider, headers))

    def request(self) -> Answer:
        body, headers = {"quote_id": self.quote().body["id"]}, {"Idempotency-Key": str(uuid4())}
        return answer(request_trip.app, rest_event("POST", "/v1/trips", body, self.rider, headers))

    def requested(self) -> str:
        requested = self.request()
        assert requested.status == 202, requested
        return str(requested.body["id"])

    def hold(self, trip_id: str) -> dict[str, Any]:
        prepared = step(prepare_hold, {"trip_id": trip_id})
        return step(record_hold, step(place_hold, prepared))

    def ride(self, trip_id: str) -> None:
        """A completed ride of a quarter of an hour."""
        trip, driver_id, ended_at = UUID(trip_id), self.driver.id, datetime.now(UTC)
        began_at = ended_at - timedelta(minutes=15)
        before = Trips(PostgresTrips(database()), outbox(), DEPLOYED, lambda: began_at)
        at_the_end = Trips(PostgresTrips(database()), outbox(), DEPLOYED, lambda: ended_at)
        assign_driver(database(), outbox(), trip, driver_id, began_at)
        before.arrive(driver_id, trip)
        before.start(driver_id, trip, before.get(trip).pin)
        at_the_end.complete(driver_id, trip)

    def state(self, trip_id: str) -> str:
        return str(trips().get(UUID(trip_id)).state)

    def ledger(self, trip_id: str) -> dict[str, int]:
        statement = TRIPS_ACCOUNTS.replace("%(trip_id)s", "%s")
        return sums(self.cloud.rows(statement, trip_id))


def step(module: Any, document: dict[str, Any]) -> dict[str, Any]:
    """A saga step's output; in and out pass through JSON, as between states."""
    output = module.app(json.loads(json.dumps(document)), LambdaContext())
    return dict(json.loads(json.dumps(output)) or {})
