from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import UUID

import pytest

from functions.dispatch import (
    accept_offer,
    give_up,
    on_driver_assigned,
    on_trip_ended,
    open_request,
    tick,
)
from functions.payments import (
    ask_payer,
    conclude_hold,
    place_hold,
    prepare_hold,
    record_hold,
    record_release,
    reject_hold,
    release_hold,
)
from rideflow.payments.providers.errors import AmountTooSmallError, DeclinedForGoodError, ProviderRefusedError
from rideflow.trips.wiring import trips
from tests.adapters.supply.street import Street
from tests.functions.lambda_events import LambdaContext, answer, event_of, rest_event, signed_in, sqs_event
from tests.functions.payments.money import PLACES, Money
from tests.workflows.engine import Execution, Handler, run

HANDLERS: dict[str, Handler] = {
    "PrepareHold": prepare_hold.app,
    "PlaceHold": place_hold.app,
    "RecordHold": record_hold.app,
    "AskPayer": ask_payer.app,
    "ConcludeHold": conclude_hold.app,
    "RejectHold": reject_hold.app,
    "ReleaseHold": release_hold.app,
    "RecordRelease": record_release.app,
    "OpenRequest": open_request.app,
    "GiveUp": give_up.app,
}
HOLD = ["PrepareHold", "PlaceHold", "RecordHold"]


def match(
    trip_id: str,
    *,
    instead: dict[str, Handler] | None = None,
    timeouts_s: dict[str, int] | None = None,
    **more: Any,
) -> Execution:
    document = {"trip_id": trip_id, "patience_s": 30, "is_rematch": False, **more}
    return run("match_trip", {**HANDLERS, **(instead or {})}, document, timeouts_s)


def then(handler: Handler, follow: Callable[[], None]) -> Handler:
    """The step does its work, and other acts happen before the saga gets the result."""

    def app(event: dict[str, Any], context: Any) -> Any:
        output = handler(event, context)
        follow()
        return output

    return app


def dying_after(handler: Handler) -> Handler:
    """The step does its work and dies, the first time."""
    calls: list[int] = []

    def app(event: dict[str, Any], context: Any) -> Any:
        output = handler(event, context)
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("killed")
        return output

    return app


def tell(app: Any, kind: str, **detail: Any) -> None:
    event = event_of(kind, "rideflow.trips", {name: str(value) for name, value in detail.items()})
    assert app(sqs_event(event), LambdaContext()) == {"batchItemFailures": []}


def patiently_open(event: dict[str, Any], context: Any) -> Any:
    """The step with a longer wait: on a slow machine an offer takes longer than the second that a test's saga waits."""
    return open_request.app({**event, "patience_s": 60}, context)


def why_cancelled(money: Money, trip_id: str) -> str:
    """What the rider is told."""
    [row] = money.cloud.rows("select cancel_reason from trips where id = %s", trip_id)
    return str(row["cancel_reason"])


def is_offered(money: Money) -> UUID:
    """A tick offers the trip to a driver near the pickup."""
    street = Street(money.cloud.database_url, money.cloud.redis_url)
    driver = street.driver()
    street.tracking.record(driver, [street.position(0).model_copy(update=PLACES["pickup"])])
    street.close()
    tick.app(sqs_event({"zone": "sf-bay"}), LambdaContext())
    return driver


def accepts(driver: UUID, trip_id: str) -> None:
    """The driver accepts, and dispatch consumes the event."""
    path, caller = f"/v1/trips/{trip_id}/offer/accept", signed_in("driver", person_id=driver)
    accepted = answer(accept_offer.app, rest_event("POST", path, caller=caller, path_parameters={"trip_id": trip_id}))
    assert accepted.status == 202, accepted.body
    tell(on_driver_assigned.app, "DriverAssigned", trip_id=trip_id, driver_id=driver)


def driver_takes_it(money: Money, trip_id: str) -> Callable[[], None]:
    return lambda: accepts(is_offered(money), trip_id)


def rider_cancels(money: Money, trip_id: str) -> Callable[[], None]:
    def follow() -> None:
        trips().cancel(money.rider.id, UUID(trip_id), None)
        tell(on_trip_ended.app, "TripCancelled", trip_id=trip_id)

    return follow


def test_a_driver_who_accepts_ends_the_wait(money: Money) -> None:
    trip_id = money.requested()

    ended = match(trip_id, instead={"OpenRequest": then(open_request.app, driver_takes_it(money, trip_id))})

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*HOLD, "OpenRequest"])
    assert ended.output["answer"] == {"outcome": "assigned"}
    assert money.state(trip_id) == "driver_assigned"
    assert money.stripe.totals()["held_minor"] > 0


def test_nobody_within_the_rider_s_patience_is_given_up(money: Money) -> None:
    trip_id = money.requested()

    ended = match(trip_id, patience_s=1)

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*HOLD, "OpenRequest", "GiveUp"])
    assert money.state(trip_id) == "no_driver_found"


def test_an_accept_at_the_last_moment_stands(money: Money) -> None:
    trip_id = money.requested()
    asked: Future[UUID] = Future()

    def late(event: dict[str, Any], context: Any) -> Any:
        accepts(asked.result(30), trip_id)
        return give_up.app(event, context)

    offering = then(patiently_open, lambda: asked.set_result(is_offered(money)))
    ended = match(trip_id, patience_s=1, instead={"OpenRequest": offering, "GiveUp": late})

    assert (ended.status, money.state(trip_id)) == ("SUCCEEDED", "driver_assigned")


def test_a_rider_who_cancels_ends_the_wait(money: Money) -> None:
    trip_id = money.requested()

    ended = match(trip_id, instead={"OpenRequest": then(open_request.app, rider_cancels(money, trip_id))})

    assert (ended.status, ended.output["answer"]) == ("SUCCEEDED", {"outcome": "cancelled"})
    assert money.state(trip_id) == "cancelled"


@pytest.mark.parametrize(
    ("step", "invoked"),
    [("PrepareHold", HOLD), ("PlaceHold", HOLD), ("RecordHold", [*HOLD, "OpenRequest"])],
)
def test_a_rider_who_cancels_while_the_money_is_held_is_not_matched(
    money: Money, step: str, invoked: list[str]
) -> None:
    trip_id = money.requested()

    ended = match(trip_id, instead={step: then(HANDLERS[step], rider_cancels(money, trip_id))})

    assert ended.status == "SUCCEEDED"
    assert ended.invoked[: len(invoked)] == invoked
    assert "GiveUp" not in ended.invoked
    assert money.state(trip_id) == "cancelled"
    if step != "RecordHold":  # after RecordHold the settle saga, which every cancelled trip has, releases it
        assert ended.invoked[-2:] == ["ReleaseHold", "RecordRelease"]
        assert money.stripe.totals()["held_minor"] == 0


def test_a_declined_card_ends_the_trip_at_once(money: Money) -> None:
    trip_id = money.requested()
    calls: list[str] = []

    class PaymentDeclinedError(Exception):
        """The gateway's error."""

    def declined(_event: dict[str, Any], _context: Any) -> Any:
        calls.append("declined")
        raise PaymentDeclinedError("insufficient_funds")

    ended = match(trip_id, instead={"PlaceHold": declined})

    assert (ended.status, ended.invoked) == ("SUCCEEDED", ["PrepareHold", "PlaceHold", "RejectHold"])
    assert money.state(trip_id) == "cancelled"
    assert why_cancelled(money, trip_id) == "card_declined"
    assert calls == ["declined"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DeclinedForGoodError, "card_declined"),
        (AmountTooSmallError, "payment_unavailable"),
        (ProviderRefusedError, "payment_unavailable"),
    ],
)
def test_a_hold_that_no_repeat_can_place_is_asked_for_once(money: Money, error: type[Exception], told: str) -> None:
    trip_id = money.requested()

    def refused(_event: dict[str, Any], _context: Any) -> Any:
        raise error("It is refused.")

    ended = match(trip_id, instead={"PlaceHold": refused})

    assert (ended.status, ended.invoked, ended.waited_s) == (
        "SUCCEEDED",
        ["PrepareHold", "PlaceHold", "RejectHold"],
        [],
    )
    assert why_cancelled(money, trip_id) == told


def test_a_gateway_that_stays_away_ends_the_trip_after_some_tries(money: Money) -> None:
    trip_id = money.requested()

    def away(_event: dict[str, Any], _context: Any) -> Any:
        raise TimeoutError("Stripe does not answer")

    ended = match(trip_id, instead={"PlaceHold": away})

    assert ended.status == "SUCCEEDED"
    assert (ended.invoked.count("PlaceHold"), ended.invoked[-1]) == (6, "RejectHold")
    assert money.state(trip_id) == "cancelled"
    assert why_cancelled(money, trip_id) == "payment_unavailable"


def test_a_database_that_was_away_is_not_the_rider_s_card(money: Money) -> None:
    trip_id = money.requested()

    def away(_event: dict[str, Any], _context: Any) -> Any:
        raise TimeoutError("The database does not answer")

    ended = match(trip_id, instead={"PrepareHold": away})

    assert (ended.status, ended.invoked[-2:]) == ("SUCCEEDED", ["PrepareHold", "RejectHold"])
    assert why_cancelled(money, trip_id) == "payment_unavailable"


@pytest.mark.parametrize("step", [*HOLD, "OpenRequest"])
def test_a_step_that_dies_after_its_work_is_repeated_and_changes_nothing(money: Money, step: str) -> None:
    trip_id = money.requested()
    handlers = {**HANDLERS, "OpenRequest": then(open_request.app, driver_takes_it(money, trip_id))}
    if step == "OpenRequest":
        takes_it = driver_takes_it(money, trip_id)
        opened: list[int] = []

        def dying_first(event: dict[str, Any], context: Any) -> None:
            open_request.app(event, context)
            opened.append(1)
            if len(opened) == 1:
                raise RuntimeError("killed")
            takes_it()

        handlers["OpenRequest"] = dying_first
    else:
        handlers[step] = dying_after(HANDLERS[step])

    ended = match(trip_id, instead=handlers)

    assert (ended.status, ended.invoked.count(step)) == ("SUCCEEDED", 2)
    assert money.state(trip_id) == "driver_assigned"
    assert len(money.cloud.rows("select id from payment_orders where trip_id = %s", trip_id)) == 1


def test_a_hold_that_cannot_be_recorded_is_given_back(money: Money) -> None:
    trip_id = money.requested()

    def broken(_event: dict[str, Any], _context: Any) -> Any:
        raise RuntimeError("the database is gone")

    ended = match(trip_id, instead={"RecordHold": broken})

    assert ended.invoked.count("RecordHold") == 11
    assert "ReleaseHold" in ended.invoked
    assert money.stripe.totals()["held_minor"] == 0


def test_a_rematch_holds_no_money_again(money: Money) -> None:
    trip_id = money.requested()
    match(trip_id, instead={"OpenRequest": then(open_request.app, driver_takes_it(money, trip_id))})
    trips().cancel(trips().get(UUID(trip_id)).driver_id, UUID(trip_id), "flat tyre")  # type: ignore[arg-type]

    again = {"OpenRequest": then(open_request.app, driver_takes_it(money, trip_id))}
    ended = match(trip_id, is_rematch=True, instead=again)

    assert (ended.status, ended.invoked) == ("SUCCEEDED", ["PrepareHold", "OpenRequest"])
    assert money.state(trip_id) == "driver_assigned"
