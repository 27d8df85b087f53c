"""A card's holder authenticates (3-D Secure), fails, or lets the time pass.

The holder decides at the page of `hosted.py`, a test by the control API, and the clock by itself.
"""

from collections.abc import Callable
from typing import Literal

from stripe_double import payments, setup_intents
from stripe_double.errors import ApiError
from stripe_double.intents import (
    AUTHENTICATION_EXPIRED,
    AUTHENTICATION_FAILED,
    SETUP_AUTHENTICATION_EXPIRED,
    SETUP_AUTHENTICATION_FAILED,
)
from stripe_double.world import Object, World

type Outcome = Literal["succeed", "fail", "expire"]


def kind_of(intent_id: str) -> str:
    return "setup_intent" if intent_id.startswith("seti_") else "payment_intent"


def waiting(world: World, intent_id: str) -> Object:
    """The intent, which waits for its card's holder. Raises `ValueError` if it does not."""
    intent = world.find(kind_of(intent_id), intent_id)
    if intent["status"] != "requires_action":
        raise ValueError(f"{intent_id} does not wait for authentication: it has a status of {intent['status']}")
    return intent


def decide(world: World, intent: Object, outcome: Outcome) -> None:
    """Go on with an intent that waits. Time that runs out is a failure with a code of its own.

    Source: https://docs.stripe.com/error-codes (payment_intent_authentication_failure,
    payment_intent_payment_attempt_expired, and those of SetupIntents).
    """
    world.agenda.forget(intent["id"], "authentication_expires")
    is_setup = intent["object"] == "setup_intent"
    match outcome:
        case "succeed" if is_setup:
            setup_intents.succeed(world, intent)
        case "succeed":
            _without_answer(lambda: payments.authenticated(world, intent))
        case "fail" if is_setup:
            setup_intents.fail(world, intent, SETUP_AUTHENTICATION_FAILED)
        case "fail":
            payments.fail_authentication(world, intent, AUTHENTICATION_FAILED)
        case _ if is_setup:
            setup_intents.fail(world, intent, SETUP_AUTHENTICATION_EXPIRED)
        case _:
            payments.fail_authentication(world, intent, AUTHENTICATION_EXPIRED)


def _without_answer(work: Callable[[], None]) -> None:
    """A decline after authentication shows in the intent and its events; there is no request that could fail."""
    try:
        work()
    except ApiError as error:
        if error.status != 402:
            raise


def expire(world: World, intent_id: str) -> None:
    """The time of the holder is over; nothing happens if the intent waits no more."""
    intent = world.objects[kind_of(intent_id)].get(intent_id)
    if intent is not None and intent["status"] == "requires_action":
        decide(world, intent, "expire")
