from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.locations import measure_path
from functions.payments import (
    capture_payment,
    place_hold,
    prepare_hold,
    prepare_settlement,
    record_payment_failure,
    record_release,
    record_settlement,
    release_hold,
)
from local.releases.sagas import LONGEST_SAGA
from rideflow.kernel.clock import utc_now
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.markets.terms import LONGEST_RETRIES
from rideflow.payments.orders.overdue import OVERDUE_AFTER, OverdueOrders
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.providers.errors import (
    AmountTooSmallError,
    DeclinedForGoodError,
    HoldGoneError,
    ProviderRefusedError,
)
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.wiring import trips
from tests.adapters.payments.ride import AtThePickup
from tests.assigning import assign_driver
from tests.functions.payments.money import Money, step
from tests.market_data import DEPLOYED, SAN_FRANCISCO
from tests.workflows.driving import EVERY_S, held, quoted_way, ride
from tests.workflows.engine import Execution, Handler, definition, run

HANDLERS: dict[str, Handler] = {
    "MeasurePath": measure_path.app,
    "PrepareSettlement": prepare_settlement.app,
    "CapturePayment": capture_payment.app,
    "RecordSettlement": record_settlement.app,
    "RecordPaymentFailure": record_payment_failure.app,
    "ReleaseHold": release_hold.app,
    "RecordRelease": record_release.app,
}
CAPTURE = "/v1/payment_intents/*/capture"
ATTEMPTS = SAN_FRANCISCO.terms.capture_attempts


def settle(trip_id: str, ended_by: str, *, instead: dict[str, Handler] | None = None) -> Execution:
    document = {"trip_id": trip_id, "ended_by": ended_by}
    return run("settle_trip", {**HANDLERS, **(instead or {})}, document, waits=waited)


def waited(seconds: float) -> None:
    """The clock is the machine's, so what is due after a wait is brought forward instead."""
    database().execute(
        "update payment_orders set retry_at = retry_at - make_interval(secs => %(seconds)s)", {"seconds": seconds}
    )


def completed(money: Money) -> str:
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    return trip_id


def cancelled_late(money: Money) -> str:
    trip_id = money.requested()
    money.hold(trip_id)
    assign_driver(database(), outbox(), UUID(trip_id), money.driver.id, utc_now())
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    money.cloud.rows("update trips set assigned_at = %s where id = %s", long_ago, trip_id)
    seeing = Trips(PostgresTrips(database()), outbox(), DEPLOYED, utc_now, lambda: AtThePickup(utc_now))
    seeing.cancel(money.rider.id, UUID(trip_id), None)
    return trip_id


def booked(money: Money, trip_id: str) -> int:
    """The captured amount, by the ledger and by Stripe, which must agree."""
    ledger = money.ledger(trip_id)
    assert sum(ledger.values()) == 0
    assert ledger.get("taken", 0) == money.stripe.totals()["captured_minor"]
    return ledger.get("taken", 0)


def test_a_ride_is_captured_by_its_driven_path_and_paid(money: Money) -> None:
    """A ride of 400 s and 3,000 m."""
    trip = held(money)
    way = [place for place in quoted_way(trip) if place[0] <= 300]
    ride(money, trip, [*way, *((300.0 + EVERY_S * step, way[-1][1]) for step in range(1, 26))])
    ended = settle(str(trip.id), "TripCompleted")
    assert (ended.status, ended.invoked) == (
        "SUCCEEDED",
        ["MeasurePath", "PrepareSettlement", "CapturePayment", "RecordSettlement"],
    )
    assert money.state(str(trip.id)) == "paid"
    assert booked(money, str(trip.id)) == pytest.approx(220 + 315 + 260, abs=3)


def test_a_ride_whose_path_cannot_be_measured_costs_what_was_quoted(money: Money) -> None:
    trip_id = completed(money)
    ended = settle(trip_id, "TripCompleted", instead={"MeasurePath": failing(ConnectionError)})
    assert ended.status == "SUCCEEDED"
    assert ended.invoked.count("MeasurePath") == 4
    assert booked(money, trip_id) == trips().get(UUID(trip_id)).quoted_amount_minor


def test_a_settlement_that_runs_again_does_nothing(money: Money) -> None:
    trip_id = completed(money)
    first, second = settle(trip_id, "TripCompleted"), settle(trip_id, "TripCompleted")
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    assert second.invoked == ["MeasurePath", "PrepareSettlement"]
    assert booked(money, trip_id) > 0


@pytest.mark.parametrize("step", list(HANDLERS)[:4])
def test_a_step_that_dies_after_its_work_is_repeated_and_charges_once(money: Money, step: str) -> None:
    trip_id = completed(money)
    ended = settle(trip_id, "TripCompleted", instead={step: dying_after(HANDLERS[step])})
    assert ended.status == "SUCCEEDED"
    assert ended.invoked.count(step) == 2
    assert money.state(trip_id) == "paid"
    assert booked(money, trip_id) == trips().get(UUID(trip_id)).quoted_amount_minor


@pytest.mark.parametrize("step", ["RecordPaymentFailure", "ReleaseHold", "RecordRelease"])
def test_a_step_of_giving_up_that_dies_after_its_work_is_repeated_and_leaves_no_hold(money: Money, step: str) -> None:
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture", times=None, keep_authorization=True)

    ended = settle(trip_id, "TripCompleted", instead={step: dying_after(HANDLERS[step])})

    assert (ended.status, ended.invoked[-1]) == ("SUCCEEDED", "RecordRelease")
    assert ended.invoked.count("CapturePayment") == ATTEMPTS
    assert money.state(trip_id) == "payment_failed"
    assert money.stripe.totals()["held_minor"] == 0


def test_nobody_found_gives_the_hold_back(money: Money) -> None:
    trip_id = money.requested()
    money.hold(trip_id)
    trips().give_up(UUID(trip_id))
    ended = settle(trip_id, "NoDriverFound")
    assert (ended.status, ended.invoked) == (
        "SUCCEEDED",
        ["MeasurePath", "PrepareSettlement", "ReleaseHold", "RecordRelease"],
    )
    assert booked(money, trip_id) == money.stripe.totals()["held_minor"] == 0


@pytest.mark.parametrize("ended_by", ["TripCancelled", "SettlementOverdue"])
def test_a_late_cancellation_captures_the_fee(money: Money, ended_by: str) -> None:
    trip_id = cancelled_late(money)
    ended = settle(trip_id, ended_by)
    assert ended.status == "SUCCEEDED"
    assert ended.invoked[0] == "MeasurePath"
    assert (money.state(trip_id), booked(money, trip_id)) == ("cancelled", 500)
    assert money.stripe.totals()["held_minor"] == 0


def test_a_hold_that_is_not_on_record_is_looked_for_and_released(money: Money) -> None:
    trip_id = money.requested()
    step(place_hold, step(prepare_hold, {"trip_id": trip_id}))
    trips().cancel(money.rider.id, UUID(trip_id), None)
    assert settle(trip_id, "TripCancelled").invoked == ["MeasurePath", "PrepareSettlement"]
    assert money.stripe.totals()["held_minor"] > 0
    money.cloud.rows("update payment_orders set updated_at = now() - interval '10 minutes'")
    ended = settle(trip_id, "SettlementOverdue")
    assert ended.status == "SUCCEEDED"
    assert ended.invoked == ["MeasurePath", "PrepareSettlement", "ReleaseHold", "RecordRelease"]
    assert booked(money, trip_id) == money.stripe.totals()["held_minor"] == 0


def test_a_trip_cancelled_before_its_hold_ends_at_once(money: Money) -> None:
    trip_id = money.requested()
    trips().cancel(money.rider.id, UUID(trip_id), None)
    ended = settle(trip_id, "TripCancelled")
    assert (ended.status, ended.invoked) == ("SUCCEEDED", ["MeasurePath", "PrepareSettlement"])


def test_a_card_declined_at_the_capture_is_tried_again_and_paid(money: Money) -> None:
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture", times=2, keep_authorization=True)
    ended = settle(trip_id, "TripCompleted")
    assert ended.status == "SUCCEEDED"
    assert ended.waited_s == [60, 240]
    assert ended.invoked.count("CapturePayment") == 3
    assert money.state(trip_id) == "paid"
    assert booked(money, trip_id) > 0


def test_a_card_that_stays_declined_ends_as_payment_failed(money: Money) -> None:
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture", times=None, keep_authorization=True)
    ended = settle(trip_id, "TripCompleted")
    assert (ended.status, ended.invoked.count("CapturePayment")) == ("SUCCEEDED", ATTEMPTS)
    assert (money.state(trip_id), booked(money, trip_id)) == ("payment_failed", 0)
    assert timedelta(seconds=sum(ended.waited_s)) < LONGEST_SAGA / 2


def test_a_decline_that_is_told_late_is_not_taken_for_that_of_the_next_attempt(money: Money) -> None:
    """Another execution records the decline first, and begins the next attempt."""
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture", times=None, keep_authorization=True)

    def overtaken(event: dict[str, Any], context: Any) -> Any:
        try:
            return capture_payment.app(event, context)
        finally:
            told = {"order_id": event["order_id"], "attempt": event["attempt"], "error": "PaymentDeclinedError"}
            step(record_payment_failure, told)
            step(prepare_settlement, {"trip_id": trip_id})

    ended = settle(trip_id, "TripCompleted", instead={"CapturePayment": overtaken})

    assert (ended.status, ended.invoked[-1], ended.waited_s) == ("SUCCEEDED", "RecordPaymentFailure", [])
    [order] = money.cloud.rows("select state, attempts, declines from payment_orders")
    assert order == {"state": "processing", "attempts": 2, "declines": 1}


def test_a_card_that_its_bank_wants_not_to_be_tried_again_is_given_up_at_once(money: Money) -> None:
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture", times=None, keep_authorization=True, decline="lost_card")
    ended = settle(trip_id, "TripCompleted")
    assert (ended.status, ended.invoked.count("CapturePayment"), ended.waited_s) == ("SUCCEEDED", 1, [])
    assert (money.state(trip_id), booked(money, trip_id)) == ("payment_failed", 0)
    assert money.stripe.totals()["held_minor"] == 0


def test_an_amount_that_stripe_refuses_as_too_small_waits_for_the_next_ride(money: Money) -> None:
    trip_id = completed(money)
    ended = settle(trip_id, "TripCompleted", instead={"CapturePayment": failing(AmountTooSmallError)})
    assert (ended.status, ended.invoked.count("CapturePayment")) == ("SUCCEEDED", 1)
    assert ended.invoked[-3:] == ["RecordPaymentFailure", "ReleaseHold", "RecordRelease"]
    assert (money.state(trip_id), money.stripe.totals()["held_minor"]) == ("paid", 0)
    assert money.cloud.rows("select state from payment_orders") == [{"state": "carried"}]


@pytest.mark.parametrize("error", [HoldGoneError, DeclinedForGoodError, ProviderRefusedError])
def test_a_capture_that_no_repeat_can_make_is_asked_for_once(money: Money, error: type[Exception]) -> None:
    trip_id = completed(money)
    ended = settle(trip_id, "TripCompleted", instead={"CapturePayment": failing(error)})
    assert (ended.status, ended.invoked.count("CapturePayment"), ended.waited_s) == ("SUCCEEDED", 1, [])


def test_a_release_that_stripe_never_accepts_is_asked_for_once(money: Money) -> None:
    trip_id = money.requested()
    money.hold(trip_id)
    trips().give_up(UUID(trip_id))
    ended = settle(trip_id, "NoDriverFound", instead={"ReleaseHold": failing(ProviderRefusedError)})
    assert (ended.status, ended.invoked.count("ReleaseHold"), ended.waited_s) == ("SUCCEEDED", 1, [])


def test_all_waits_that_terms_allow_leave_a_saga_time_for_its_work() -> None:
    assert timedelta(seconds=definition("settle_trip")["TimeoutSeconds"]) == LONGEST_SAGA
    assert LONGEST_SAGA - timedelta(hours=6) >= LONGEST_RETRIES


def test_a_decline_that_takes_the_hold_with_it_ends_as_payment_failed_at_the_second_try(money: Money) -> None:
    trip_id = completed(money)
    money.stripe.fault("decline", operation="capture")
    ended = settle(trip_id, "TripCompleted")
    assert (ended.status, ended.invoked.count("CapturePayment")) == ("SUCCEEDED", 2)
    assert (money.state(trip_id), booked(money, trip_id)) == ("payment_failed", 0)


def test_a_fee_that_cannot_be_captured_is_owed_and_the_trip_is_done_with(money: Money) -> None:
    trip_id = cancelled_late(money)
    money.stripe.fault("decline", operation="capture", times=None, keep_authorization=True)
    assert settle(trip_id, "TripCancelled").status == "SUCCEEDED"
    assert trips().get(UUID(trip_id)).settled_at is not None
    assert booked(money, trip_id) == 0


@pytest.mark.parametrize("kind", ["close_after_work", "error_after_work", "reset", "error_before_work", "rate_limit"])
def test_a_stripe_in_trouble_charges_once(money: Money, kind: str) -> None:
    trip_id = completed(money)
    money.stripe.fault(kind, path=CAPTURE, times=4)
    ended = settle(trip_id, "TripCompleted")
    assert ended.status == "SUCCEEDED"
    assert money.state(trip_id) == "paid"
    assert booked(money, trip_id) == trips().get(UUID(trip_id)).quoted_amount_minor


def test_a_stripe_that_is_down_for_an_hour_still_ends_in_a_capture(money: Money) -> None:
    trip_id = completed(money)
    money.stripe.fault("reset", path=CAPTURE, times=3 * 10)
    ended = settle(trip_id, "TripCompleted")
    assert ended.status == "SUCCEEDED"
    assert ended.invoked.count("CapturePayment") == 11
    assert money.state(trip_id) == "paid"


def test_a_database_that_stays_away_leaves_the_trip_to_the_sweeper_and_what_was_captured_to_the_webhook(
    money: Money,
) -> None:
    trip_id = completed(money)
    ended = settle(trip_id, "TripCompleted", instead={"RecordSettlement": failing(ConnectionError)})
    assert (ended.status, money.state(trip_id)) == ("FAILED", "completed")
    money.deliver_webhooks()
    assert money.state(trip_id) == "paid"
    assert booked(money, trip_id) > 0


def test_a_release_that_is_refused_for_good_ends_well_and_is_left_to_the_sweep_of_orders(money: Money) -> None:
    """Another execution is started each minute after one that failed; after one that did its work, by that sweep."""
    trip_id = money.requested()
    money.hold(trip_id)
    trips().give_up(UUID(trip_id))
    ended = settle(trip_id, "NoDriverFound", instead={"ReleaseHold": failing(ProviderRefusedError)})

    assert (ended.status, ended.invoked) == ("SUCCEEDED", ["MeasurePath", "PrepareSettlement", "ReleaseHold"])
    assert trips().get(UUID(trip_id)).settled_at is None
    after = utc_now() + OVERDUE_AFTER["held"] + timedelta(seconds=1)
    sweep = OverdueOrders(PostgresOrders(database()), outbox(), lambda: after)
    assert sweep.sweep() == {"settlements_asked_for": 1}
    assert settle(trip_id, "SettlementOverdue").status == "SUCCEEDED"
    assert trips().get(UUID(trip_id)).settled_at is not None


def failing(error: type[Exception]) -> Handler:
    def handler(_event: dict[str, Any], _context: Any) -> Any:
        raise error("the step failed")

    return handler


def dying_after(handler: Handler) -> Handler:
    """The step does its work the first time, and dies before it returns."""
    alive = [False]

    def dying(event: dict[str, Any], context: Any) -> Any:
        output = handler(event, context)
        if alive[0]:
            return output
        alive[0] = True
        raise TimeoutError("the environment was killed")

    return dying
