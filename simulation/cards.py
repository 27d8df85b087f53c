"""A rider's card: set up at Stripe as the phone does it, then seen by the product through the webhook."""

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
    answer.raise_for_status()
    async with asyncio.timeout(_CARD_SECONDS):
        while not (cards := (await api.get("/v1/riders/me/cards"))["cards"]):  # noqa: ASYNC110 - a webhook brings it
            await asyncio.sleep(0.2)
    return dict(cards[0])
