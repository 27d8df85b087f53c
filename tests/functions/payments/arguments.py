"""Arguments that the handlers of payments pass on for their example events."""

from datetime import UTC, datetime
from uuid import UUID

from rideflow.payments.providers.port import AwaitedHold, CaptureRequest, HoldRequest, PlacedHold, ReleaseRequest
from rideflow.payments.providers.stripe.card_news import StripeNews
from rideflow.payments.sagas.authorization import PrepareHold, RejectHold
from rideflow.payments.sagas.payer import AskPayer
from rideflow.payments.sagas.settlement import PrepareSettlement, RecordCapture, RecordCaptureFailure, RecordRelease
from rideflow.payments.sagas.start import EndedTrip
from tests.functions.lambda_events import signed_in
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, example_event, leads_to

TRIP = UUID("0199a1b2-7c00-7000-8000-000000000001")
ORDER = UUID("0199a1b2-7c00-7000-8000-000000000002")
INTENT = "pi_3SExAmPlE0000000000000001"
WEBHOOK = example_event("payments/receive_stripe_webhook")

LINE = "{|teFr_`jVn}EzbC"


HANDED_ON: dict[str, list[Case]] = {
    "add_card": [leads_to(call("card_setup.begin", RIDER, "5f9b6c1e-0f5c-4c57-9a48-6c2b2f8f1d10"))],
    "capture_payment": [
        leads_to(
            call(
                "gateway.capture",
                CaptureRequest(
                    trip_id=TRIP,
                    order_id=ORDER,
                    provider_ref=INTENT,
                    amount_minor=1400,
                    idempotency_key=f"capture-{ORDER}-1",
                ),
            )
        )
    ],
    "get_receipt": [leads_to(call("receipts.of_trip", TRIP, signed_in("rider", person_id=RIDER)))],
    "list_cards": [leads_to(call("cards.of", RIDER))],
    "on_card_saved": [
        leads_to(
            call("card_news.learn", StripeNews(stripe_type="payment_method.detached", object={"id": "pm_1"})),
            stripe_type="payment_method.detached",
            object={"id": "pm_1"},
        )
    ],
    "on_hold_found": [leads_to(call("found_holds.found", "stripe", INTENT, ORDER))],
    "on_hold_orphaned": [
        leads_to(
            call(
                "gateway.release",
                ReleaseRequest(trip_id=TRIP, provider_ref=INTENT, idempotency_key=f"release-{INTENT}"),
            )
        )
    ],
    "on_settlement_overdue": [
        leads_to(
            call(
                "settle_saga.start_again",
                EndedTrip(type="SettlementOverdue", trip_id=TRIP),
            ),
            type="SettlementOverdue",
        )
    ],
    "on_stripe_event": [leads_to(call("stripe_event_handler.handle", "evt_3SExAmPlE0000000000000001"))],
    "on_trip_ended": [
        leads_to(
            call(
                "settle_saga.start",
                EndedTrip(type="TripCancelled", trip_id=TRIP),
            ),
            type="TripCancelled",
        )
    ],
    "place_hold": [
        leads_to(
            call(
                "gateway.hold",
                HoldRequest(
                    trip_id=TRIP,
                    order_id=ORDER,
                    amount_minor=1750,
                    currency="USD",
                    customer_ref="cus_TExAmPlE000001",
                    method_ref="pm_1SExAmPlE00000000000001",
                    idempotency_key=f"hold-{ORDER}",
                ),
            )
        )
    ],
    "prepare_hold": [
        leads_to(call("authorization.prepare", PrepareHold(trip_id=TRIP))),
        leads_to(call("authorization.prepare", PrepareHold(trip_id=TRIP, is_rematch=True)), is_rematch=True),
    ],
    "prepare_settlement": [
        leads_to(
            call(
                "settlement.prepare",
                PrepareSettlement(trip_id=TRIP, driven_distance_m=5120, driven_duration_s=655, coverage=0.97),
            )
        ),
        leads_to(call("seals.open_text", LINE, f"trip/{TRIP}/driven_line"), driven_line=LINE),
    ],
    "receive_stripe_webhook": [
        leads_to(call("webhooks.receive", WEBHOOK["body"], WEBHOOK["headers"]["Stripe-Signature"]))
    ],
    "record_hold": [
        leads_to(
            call(
                "authorization.record",
                PlacedHold(
                    trip_id=TRIP,
                    order_id=ORDER,
                    provider_ref=INTENT,
                    held_minor=1750,
                    capture_before=datetime(2026, 10, 8, 18, tzinfo=UTC),
                ),
            )
        )
    ],
    "record_payment_failure": [
        leads_to(
            call("settlement.record_capture_failure", RecordCaptureFailure(order_id=ORDER, error="HoldGoneError")),
            error="HoldGoneError",
        )
    ],
    "record_release": [leads_to(call("settlement.record_release", RecordRelease(order_id=ORDER)))],
    "record_settlement": [
        leads_to(
            call("settlement.record_capture", RecordCapture(order_id=ORDER, captured_minor=1399)), captured_minor=1399
        )
    ],
    "ask_payer": [
        leads_to(call("payer_confirmation.ask", AskPayer(trip_id=TRIP, task_token="AQCEAAAAKgAAAAMAAAAAAAAAAexample")))
    ],
    "conclude_hold": [
        leads_to(call("gateway.conclude", AwaitedHold(trip_id=TRIP, order_id=ORDER, provider_ref=INTENT)))
    ],
    "reject_hold": [
        leads_to(
            call("authorization.reject", RejectHold(trip_id=TRIP, reason="ProviderUnavailableError")),
            reason="ProviderUnavailableError",
        )
    ],
    "sweep_holds": [leads_to(call("holds_sweep.sweep"))],
    "sweep_orders": [leads_to(call("overdue_orders.sweep"))],
    "sweep_stripe_events": [leads_to(call("unhandled_stripe_events.sweep"))],
    "release_hold": [
        leads_to(
            call(
                "gateway.release",
                ReleaseRequest(trip_id=TRIP, order_id=ORDER, provider_ref=INTENT, idempotency_key=f"release-{INTENT}"),
            )
        )
    ],
}
