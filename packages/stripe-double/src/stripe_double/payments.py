"""The status machine of a PaymentIntent, with its charge, its money and its events.

| from                     | by                                 | to                      |
|--------------------------|------------------------------------|-------------------------|
| requires_payment_method, | confirm, approved                  | succeeded               |
| requires_confirmation or | confirm, approved, manual capture  | requires_capture        |
| requires_action          | confirm, holder must authenticate  | requires_action         |
|                          | the same, off session: declined    | requires_payment_method |
|                          | confirm, declined                  | requires_payment_method |
| requires_action          | holder authenticates               | as confirm, approved    |
|                          | the same, manual confirmation      | requires_confirmation   |
|                          | holder fails, or time runs out     | requires_payment_method |
| requires_capture         | increment, approved or declined    | requires_capture        |
| requires_capture         | capture                            | succeeded               |
|                          | capture, declined                  | requires_payment_method |
| all of these             | cancel                             | canceled                |
"""

from typing import Any

from stripe_double import amounts, authorizations, charges, disputes, intents, payment_methods, transfers
from stripe_double.cards import AUTHENTICATION_REQUIRED, Decline
from stripe_double.errors import ApiError, refused, unexpected_state
from stripe_double.parameters import merged_metadata
from stripe_double.world import Object, World

UPDATABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CONFIRMABLE = UPDATABLE
CAPTURABLE = ("requires_capture",)
EXPIRED = "expired"
MOST_INCREMENTS = 10
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")


def refuse_unless(intent: Object, statuses: tuple[str, ...], done: str) -> None:
    if intent["status"] in statuses:
        return
    subject = (
        "You cannot cancel this PaymentIntent" if done == "canceled" else f"This PaymentIntent could not be {done}"
    )
    message = (
        f"{subject} because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {done}: {', '.join(statuses)}."
    )
    raise unexpected_state("payment_intent", message, intent)


def confirm(world: World, intent: Object, given: dict[str, Any]) -> None:
    """Charge the card, or ask its holder to authenticate, or raise the decline.

    Source: https://docs.stripe.com/payments/payment-intents/verifying-status.
    """
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken."
        )
        raise unexpected_state("payment_intent", message, intent)
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    off_session = given.get("off_session") not in (None, "false")
    authenticated = intent["id"] in world.authenticated
    if not authenticated and intents.must_authenticate(world, intent, method, off_session=off_session):
        if off_session or given.get("error_on_requires_action"):
            raise decline(world, intent, method, AUTHENTICATION_REQUIRED)
        intents.wait_for_holder(world, intent, given.get("return_url"))
        return
    charge(world, intent, method, off_session=off_session, authenticated=authenticated)


def authenticated(world: World, intent: Object) -> None:
    """The holder authenticated: the card is charged, or a server has to confirm once more. Raises a decline."""
    if intent["confirmation_method"] == "manual":
        world.authenticated.add(intent["id"])
        intent |= {"status": "requires_confirmation", "next_action": None}
        return
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    charge(world, intent, method, off_session=False, authenticated=True)


def charge(world: World, intent: Object, method: Object, *, off_session: bool, authenticated: bool) -> None:
    """Ask the bank; raises its decline."""
    world.authenticated.discard(intent["id"])
    asked = intents.asked_decline(world, "charge", intent)
    why = asked.decline if asked else world.cards[method["id"]].decline
    if why is not None:
        raise decline(world, intent, method, why)
    made = world.keep(charges.build(world.clock.now(), intent, method))
    charges.approve(made, authenticated=authenticated)
    intent |= {"latest_charge": made["id"], "next_action": None, "last_payment_error": None}
    if "manual" in (intent["capture_method"], _option(intent, "capture_method")):
        authorizations.begin(world, made, off_session=off_session)
        authorizations.allow_increments(made, intent)
        _hold(world, intent, made)
    else:
        charges.capture(world, made, made["amount"], intent)
        intent |= {"status": "succeeded", "amount_received": made["amount"]}
        world.emit("charge.succeeded", made)
        world.emit("payment_intent.succeeded", intent)
        _after_capture(world, made)
    _keep_card(world, intent, method)


def _option(intent: Object, name: str) -> str | None:
    """An option for cards, which replaces the intent's own: `payment_method_options[card]`."""
    value: str | None = intent["payment_method_options"]["card"].get(name)
    return value


def _after_capture(world: World, made: Object) -> None:
    """What the money of a captured charge brings about: a transfer, a dispute."""
    transfers.of_charge(world, made)
    disputes.of_charge(world, made)


def _hold(world: World, intent: Object, made: Object) -> None:
    intent |= {"status": "requires_capture", "amount_capturable": made["amount"]}
    world.emit("charge.succeeded", made)
    world.emit("payment_intent.amount_capturable_updated", intent)


def _keep_card(world: World, intent: Object, method: Object) -> None:
    """Attach a card that is meant for later; a card without a customer is used up."""
    usage = _option(intent, "setup_future_usage") or intent["setup_future_usage"]
    if usage not in (None, "none") and intent["customer"]:
        payment_methods.attach_to(world, method, world.find("customer", intent["customer"], "customer"))
        world.set_up.add(method["id"])
    elif method["customer"] is None:
        world.spent.add(method["id"])


def decline(world: World, intent: Object, method: Object, why: Decline) -> ApiError:
    """The charge failed and the intent needs another card; returns the error to raise."""
    made = world.keep(charges.build(world.clock.now(), intent, method))
    charges.decline(made, why)
    _want_another_card(world, intent, method, why, made)
    return intents.declined(why, intent, method, made["id"])


def _want_another_card(world: World, intent: Object, method: Object, why: Decline, made: Object) -> None:
    intent |= {
        "status": "requires_payment_method",
        "amount_capturable": 0,
        "last_payment_error": intents.error_shown(why, method, made["id"]),
        "latest_charge": made["id"],
        "next_action": None,
        "payment_method": None,
    }
    world.emit("charge.failed", made)
    world.emit("payment_intent.payment_failed", intent)


def fail_authentication(world: World, intent: Object, why: Decline) -> None:
    """The holder did not authenticate: no charge was tried, and the intent wants another card."""
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    error = intents.error_shown(why, method) | {"type": "invalid_request_error"}
    intent |= {"status": "requires_payment_method", "next_action": None, "payment_method": None}
    intent["last_payment_error"] = error
    world.emit("payment_intent.payment_failed", intent)


def capture(world: World, intent: Object, given: dict[str, Any]) -> None:
    """Capture the hold or part of it; the rest is released."""
    refuse_unless(intent, CAPTURABLE, "captured")
    made = world.find("charge", intent["latest_charge"], "charge")
    amount = given.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        message = (
            "The payment could not be captured because the requested capture amount is greater than the amount you can "
            "capture for this charge."
        )
        raise refused(message, code="amount_too_large", param="amount_to_capture", payment_intent=intent)
    if world.settings.captures_have_a_least:
        amounts.check(amount, intent["currency"], world.settings, "amount_to_capture")
    if authorizations.is_expired(world, made):
        message = "The charge cannot be captured as the authorization has expired."
        raise refused(message, code="charge_expired_for_capture", charge=made["id"], payment_intent=intent)
    _refuse_if_asked(world, intent, made)
    charges.capture(world, made, amount, intent)
    if "metadata" in given:
        intent["metadata"] = merged_metadata(intent["metadata"], given["metadata"])
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    world.emit("charge.captured", made)
    world.emit("payment_intent.succeeded", intent)
    _after_capture(world, made)


def increment(world: World, intent: Object, given: dict[str, Any]) -> None:
    """Raise a hold to `amount`, the new whole; a decline leaves everything as it was.

    It is available if it was asked for when the intent was confirmed (`request_incremental_authorization`), and ten
    times at most, declines included. Source: https://docs.stripe.com/payments/incremental-authorization and
    https://docs.stripe.com/api/payment_intents/increment_authorization.
    """
    refuse_unless(intent, CAPTURABLE, "incremented")
    made = world.find("charge", intent["latest_charge"], "charge")
    card = made["payment_method_details"]["card"]
    if card["incremental_authorization"]["status"] != "available":
        message = "This PaymentIntent does not support incremental authorization."
        raise refused(message, code="payment_intent_invalid_parameter", payment_intent=intent)
    amount = given["amount"]
    if amount <= intent["amount"]:
        raise refused("The amount must be greater than the currently authorized amount.", param="amount")
    amounts.check(amount, intent["currency"], world.settings)
    if world.increments[intent["id"]] >= MOST_INCREMENTS:
        raise refused("This PaymentIntent has been incremented too many times.", payment_intent=intent)
    world.increments[intent["id"]] += 1
    asked = intents.asked_decline(world, "increment", intent)
    if asked is not None and asked.decline is not None:
        method = world.find("payment_method", made["payment_method"], "payment_method")
        raise intents.declined(asked.decline, intent, method, made["id"])
    _raise_hold(world, intent, made, given)


def _raise_hold(world: World, intent: Object, made: Object, given: dict[str, Any]) -> None:
    amount, card = given["amount"], made["payment_method_details"]["card"]
    intent |= {"amount": amount, "amount_capturable": amount}
    intent |= {name: given[name] for name in ("description", "application_fee_amount") if name in given}
    if "metadata" in given:
        intent["metadata"] = merged_metadata(intent["metadata"], given["metadata"])
    made["amount"] = amount
    card["amount_authorized"] = amount
    card["overcapture"] = {"maximum_amount_capturable": amount, "status": "unavailable"}
    world.emit("payment_intent.amount_capturable_updated", intent)


def _refuse_if_asked(world: World, intent: Object, made: Object) -> None:
    """Raise the decline of a requested fault: the hold is lost, unless the fault keeps it."""
    asked = intents.asked_decline(world, "capture", intent)
    if asked is None or asked.decline is None:
        return
    method = world.find("payment_method", made["payment_method"], "payment_method")
    if not asked.keep_authorization:
        charges.decline(made, asked.decline)
        _want_another_card(world, intent, method, asked.decline, made)
    raise intents.declined(asked.decline, intent, method, made["id"])


def cancel(world: World, intent: Object, reason: str | None) -> None:
    """Release the hold, if there is one, and end the intent. Since 2025-03-31 that makes no refund."""
    if reason == EXPIRED:
        world.emit("charge.expired", world.find("charge", intent["latest_charge"], "charge"))
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": world.clock.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    world.emit("payment_intent.canceled", intent)
