"""Names of headers have no case, at the deployed gateway as in the functions behind it."""

import json
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
import stripe
import websockets

from tests.e2e.city import DROPOFF, PICKUP, City

WISH = {"pickup": PICKUP.model_dump(), "dropoff": DROPOFF.model_dump(), "product": "economy"}
SPELLINGS: list[Callable[[str], str]] = [str.lower, str.upper, str.title]


async def test_rest_reads_the_same_headers_however_they_are_spelled(city: City) -> None:
    rider, key = await city.rider(), str(uuid4())
    sent = {
        "Authorization": f"Bearer {rider.account.token}",
        "Idempotency-Key": key,
        "Content-Type": "application/json",
    }
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60) as http:
        answers = [
            await http.post(
                "/v1/quotes", content=json.dumps(WISH), headers={spell(name): value for name, value in sent.items()}
            )
            for spell in SPELLINGS
        ]

    assert [answer.status_code for answer in answers] == [201, 201, 201], [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1, "one key, one quote"


async def test_a_signed_webhook_is_taken_however_its_headers_are_spelled(city: City) -> None:
    body = json.dumps({"id": f"evt_{uuid4().hex}", "type": "x.y", "data": {"object": {}}})
    signature = stripe.WebhookSignature.generate_signature_header(body, city.record.stripe_webhook_secret)
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60) as http:
        for spell in SPELLINGS:
            headers = {spell("Stripe-Signature"): signature, spell("Content-Type"): "application/json"}
            answer = await http.post("/v1/webhooks/stripe", content=body, headers=headers)
            assert answer.status_code == 200, (headers, answer.text)


@pytest.mark.parametrize("spell", SPELLINGS)
async def test_a_live_connection_opens_however_its_header_is_spelled(city: City, spell: Callable[[str], str]) -> None:
    rider = await city.rider()
    headers = {spell("Authorization"): f"Bearer {rider.account.token}"}
    async with websockets.connect(city.record.websocket_url, additional_headers=headers) as socket:
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv())["type"] == "pong"
