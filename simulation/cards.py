"""A rider's card as the phone handles it: set up at Stripe, and confirmed with its bank where that wants its holder."""

from __future__ import annotations

import asyncio

import httpx

from simulation.api import Api, Json

_CARD_SECONDS = 60.0


async def add_card(api: Api, stripe: httpx.AsyncClient, payment_method: str = "pm_card_visa") -> Json:
    """Set a card up and wait until the product lists it. `stripe` is a client with Stripe's base URL and key."""
    setup = await api.post("/v1/riders/me/cards")
    answer = await stripe.post(
        f"/v1/setup_intents/{setup['setup_intent_id']}/confirm",
        data={"payment_method": payment_method, "client_secret": setup["client_secret"]},
    )
    await _pass_bank(stripe, answer.raise_for_status().json())
    async with asyncio.timeout(_CARD_SECONDS):
        while not (cards := (await api.get("/v1/riders/me/cards"))["cards"]):  # noqa: ASYNC110 - a webhook brings it
            await asyncio.sleep(0.2)
    return dict(cards[0])


async def confirm_payment(stripe: httpx.AsyncClient, action: Json) -> None:
    """Pass the bank's check of a payment. `action` is the frame `payment.action_required`, or the trip's member."""
    secret = action["client_secret"]
    address = f"/v1/payment_intents/{secret.partition('_secret_')[0]}"
    as_phone = {"Authorization": f"Bearer {action['publishable_key']}"}
    intent = await stripe.get(address, params={"client_secret": secret}, headers=as_phone)
    await _pass_bank(stripe, intent.raise_for_status().json())


async def _pass_bank(stripe: httpx.AsyncClient, intent: Json) -> None:
    """Press the button of the bank's page, as Stripe's double serves it; nothing happens if no bank waits."""
    sdk = (intent.get("next_action") or {}).get("use_stripe_sdk") or {}
    if page := sdk.get("stripe_js"):
        (await stripe.post(page, data={"outcome": "succeed"})).raise_for_status()
