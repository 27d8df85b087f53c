"""The match saga of a ride whose bank wants the rider: the wait for them, its end by Stripe's word and by the clock."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.payments import ask_payer, conclude_hold
from functions.trips import get_trip
from rideflow.kernel.access import Caller
from rideflow.payments.providers.errors import ProviderRefusedError
from rideflow.payments.sagas.payer import PAYER_HAS
from rideflow.trips.sweeping import GIVE_UP_AFTER, SAGA_ENDS_WITHIN
from tests.functions.lambda_events import answer, rest_event, signed_in
from tests.functions.payments.money import Money
from tests.workflows.engine import Execution, definition
from tests.workflows.test_match_trip import HOLD, dying_after, match, rider_cancels, then, why_cancelled

ASKED = [*HOLD, "AskPayer", "ConcludeHold"]


def test_the_rider_is_told_the_time_that_the_saga_waits() -> None:
    assert definition("match_trip")["States"]["AskPayer"]["TimeoutSeconds"] == PAYER_HAS.total_seconds()
    assert PAYER_HAS + SAGA_ENDS_WITHIN <= GIVE_UP_AFTER


@pytest.fixture
def money(money: Money) -> Money:
    """The bank of the rider's card wants them at each payment."""
    money.stripe.control("/faults", kind="challenge", times=None)
    return money


def shown_to(money: Money, trip_id: str, person: Caller | None = None) -> Any:
    event = rest_event("GET", f"/v1/trips/{trip_id}", None, person or money.rider, path_parameters={"trip_id": trip_id})
    return answer(get_trip.app, event)


def at_the_bank(money: Money, trip_id: str, outcome: str) -> Callable[[], None]:
    """The rider's app finds in the trip's view what is wanted; Stripe tells of the outcome by webhooks."""

    def follow() -> None:
        view = shown_to(money, trip_id).body
        assert view["state"] == "requested"
        action = view["payment_action"]
        intent_id = action["client_secret"].partition("_secret_")[0]
        of_phone = {"Authorization": f"Bearer {action['publishable_key']}"}
        with httpx.Client(base_url=money.stripe.url, headers=of_phone, trust_env=False) as phone:
            secret = {"client_secret": action["client_secret"]}
            intent = phone.get(f"/v1/payment_intents/{intent_id}", params=secret).json()
            bank = intent["next_action"]["use_stripe_sdk"]["stripe_js"]
            assert phone.post(bank, data={"outcome": outcome}).is_success
        money.deliver_webhooks()

    return follow


def in_vain(trip_id: str, meanwhile: Callable[[], None] = lambda: None) -> Execution:
    """The saga, if nobody answers it while it waits for the rider."""
    asking = then(ask_payer.app, meanwhile)
    return match(trip_id, patience_s=1, timeouts_s={"AskPayer": 1}, instead={"AskPayer": asking})


def test_a_rider_who_confirms_with_their_bank_is_matched(money: Money) -> None:
    trip_id = money.requested()

    ended = match(
        trip_id, patience_s=1, instead={"AskPayer": then(ask_payer.app, at_the_bank(money, trip_id, "succeed"))}
    )

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*ASKED, "RecordHold", "OpenRequest", "GiveUp"])
    assert money.state(trip_id) == "no_driver_found"
    assert money.stripe.totals()["held_minor"] > 0  # until the settle saga releases it
    [order] = money.cloud.rows("select state, capture_before from payment_orders")
    assert order["state"] == "held"
    assert order["capture_before"] is not None


def test_a_rider_who_fails_at_their_bank_is_told_that_the_card_was_declined(money: Money) -> None:
    trip_id = money.requested()

    ended = match(trip_id, instead={"AskPayer": then(ask_payer.app, at_the_bank(money, trip_id, "fail"))})

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*ASKED, "RejectHold"])
    assert why_cancelled(money, trip_id) == "card_declined"
    assert shown_to(money, trip_id).body["payment_action"] is None


def test_a_rider_who_does_nothing_is_told_that_they_did_not_confirm(money: Money) -> None:
    trip_id = money.requested()

    ended = in_vain(trip_id)

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*ASKED, "RejectHold"])
    assert why_cancelled(money, trip_id) == "payment_not_confirmed"
    assert [intent.status for intent in money.stripe.intents()] == ["canceled"]


def unasked(trip_id: str, meanwhile: Callable[[], None] = lambda: None) -> Execution:
    """The saga, if the question to the payer fails however often it is repeated."""

    def asking(_event: dict[str, Any], _context: Any) -> Any:
        meanwhile()
        raise ConnectionError("the database does not answer")

    return match(trip_id, patience_s=1, instead={"AskPayer": asking})


def test_a_rider_whom_we_failed_to_ask_is_told_that_it_was_us(money: Money) -> None:
    trip_id = money.requested()

    ended = unasked(trip_id)

    assert (ended.status, set(ended.invoked)) == ("SUCCEEDED", {*ASKED, "RejectHold"})
    assert ended.invoked.count("AskPayer") == 11
    assert ended.invoked[-2:] == ["ConcludeHold", "RejectHold"]
    assert why_cancelled(money, trip_id) == "payment_unavailable"
    assert [intent.status for intent in money.stripe.intents()] == ["canceled"]
    assert money.cloud.rows("select last_error from payment_orders") == [{"last_error": "PayerNotAskedError"}]


def test_a_rider_who_confirmed_although_we_failed_to_ask_is_matched(money: Money) -> None:
    """An asking may fail after it has told the app."""
    trip_id = money.requested()

    def confirmed_silently() -> None:
        (intent,) = money.stripe.intents()
        if intent.status == "requires_action":
            money.stripe.control("/authenticate", intent=intent.id, outcome="succeed")

    ended = unasked(trip_id, confirmed_silently)

    assert ended.status == "SUCCEEDED"
    assert ended.invoked[-4:] == ["ConcludeHold", "RecordHold", "OpenRequest", "GiveUp"]
    assert money.stripe.totals()["held_minor"] > 0


def test_a_rider_whose_bank_refused_is_told_that_though_we_failed_to_ask(money: Money) -> None:
    trip_id = money.requested()

    def refused() -> None:
        (intent,) = money.stripe.intents()
        if intent.status == "requires_action":
            money.stripe.control("/authenticate", intent=intent.id, outcome="fail")

    ended = unasked(trip_id, refused)

    assert (ended.status, ended.invoked[-1]) == ("SUCCEEDED", "RejectHold")
    assert why_cancelled(money, trip_id) == "card_declined"


def test_nothing_depends_on_the_webhook(money: Money) -> None:
    """No webhook comes; when the wait ends, Stripe is asked."""
    trip_id = money.requested()

    def confirmed_silently() -> None:
        (intent,) = money.stripe.intents()
        money.stripe.control("/authenticate", intent=intent.id, outcome="succeed")

    ended = in_vain(trip_id, confirmed_silently)

    assert ended.status == "SUCCEEDED"
    assert ended.invoked[-4:] == ["ConcludeHold", "RecordHold", "OpenRequest", "GiveUp"]
    assert money.stripe.totals()["held_minor"] > 0


def test_a_rider_who_cancels_meanwhile_pays_nothing(money: Money) -> None:
    trip_id = money.requested()

    ended = in_vain(trip_id, rider_cancels(money, trip_id))

    assert ended.status == "SUCCEEDED"
    assert money.state(trip_id) == "cancelled"
    assert [intent.status for intent in money.stripe.intents()] == ["canceled"]


def test_a_look_at_stripe_that_dies_after_its_work_is_repeated(money: Money) -> None:
    trip_id = money.requested()
    asking = then(ask_payer.app, at_the_bank(money, trip_id, "succeed"))

    ended = match(trip_id, patience_s=1, instead={"AskPayer": asking, "ConcludeHold": dying_after(conclude_hold.app)})

    assert (ended.status, ended.invoked.count("ConcludeHold")) == ("SUCCEEDED", 2)
    assert money.stripe.totals()["held_minor"] > 0


def test_a_look_that_stripe_refuses_for_good_is_not_repeated(money: Money) -> None:
    trip_id = money.requested()

    def refused(_event: dict[str, Any], _context: Any) -> Any:
        raise ProviderRefusedError("The payment provider refused the request.")

    ended = match(
        trip_id,
        timeouts_s={"AskPayer": 1},
        instead={"AskPayer": then(ask_payer.app, lambda: None), "ConcludeHold": refused},
    )

    assert (ended.status, ended.invoked) == ("SUCCEEDED", [*ASKED, "RejectHold"])
    assert why_cancelled(money, trip_id) == "payment_unavailable"


def test_an_asking_that_dies_after_its_work_asks_again(money: Money) -> None:
    """The rider confirms before the step is repeated; nobody else would answer its second token."""
    trip_id = money.requested()
    dying = dying_after(then(ask_payer.app, once(at_the_bank(money, trip_id, "succeed"))))

    ended = match(trip_id, patience_s=1, instead={"AskPayer": dying})

    assert (ended.status, ended.invoked.count("AskPayer")) == ("SUCCEEDED", 2)
    assert ended.invoked[-3:] == ["RecordHold", "OpenRequest", "GiveUp"]


def once(follow: Callable[[], None]) -> Callable[[], None]:
    steps = [follow]

    def app() -> None:
        if steps:
            steps.pop()()

    return app


def test_only_the_rider_is_shown_the_secret(money: Money) -> None:
    trip_id = money.requested()
    staff = signed_in("operator")
    seen: list[Any] = []

    def look() -> None:
        seen.extend(shown_to(money, trip_id, person).body["payment_action"] for person in (staff, money.rider))

    in_vain(trip_id, look)

    assert [action is None for action in seen] == [True, False]
