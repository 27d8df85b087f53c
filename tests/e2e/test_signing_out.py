"""Signing out ends a session: its sockets close at once, and its access token stops within 5 s."""

import asyncio
import json
import time
from dataclasses import dataclass
from uuid import uuid4

import pytest
import websockets

from local.demo import CONFIRMATION_CODE
from simulation.api import Api, ApiProblemError, Json
from tests.e2e.city import City

STOPS_WITHIN_S = 5.0
CLOSES_WITHIN_S = 10.0
"""The limit for "at once" on a machine that also runs the whole cloud."""
PASSWORD = "correct-Horse-7-battery"


@dataclass(frozen=True)
class Session:
    """One sign-in of a person."""

    api: Api
    token: str
    refresh_token: str
    websocket_url: str

    async def sign_out(self) -> None:
        await self.api.post("/v1/auth/logout", {"refresh_token": self.refresh_token})

    async def socket(self) -> websockets.ClientConnection:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await websockets.connect(self.websocket_url, additional_headers=headers, ping_interval=None)

    async def may_call(self) -> bool:
        status = await self.api.status_of("GET", "/v1/trips")
        assert status in {200, 401, 429}, "a person's limit is counted behind the authorizer"
        return status != 401


@pytest.fixture
async def email(city: City) -> str:
    email = f"leaver-{uuid4().hex[:12]}@example.com"
    await city.api.post("/v1/auth/register", {"email": email, "password": PASSWORD, "role": "rider"})
    await city.api.post("/v1/auth/confirm", {"email": email, "code": CONFIRMATION_CODE})
    return email


async def signed_in(city: City, email: str) -> Session:
    tokens = await city.api.post("/v1/auth/login", {"email": email, "password": PASSWORD})
    token = tokens["access_token"]
    return Session(city.api.signed_in(token), token, tokens["refresh_token"], city.record.websocket_url)


async def what_is_said_until_it_closes(socket: websockets.ClientConnection) -> list[Json]:
    async with asyncio.timeout(CLOSES_WITHIN_S):
        return [json.loads(message) async for message in socket]


async def test_a_session_that_is_signed_out_closes_its_sockets_and_stops_its_token(city: City, email: str) -> None:
    session = await signed_in(city, email)
    sockets = [await session.socket() for _ in range(2)]
    assert await session.may_call()

    await session.sign_out()
    signed_out_at = time.monotonic()

    for socket in sockets:
        frames = await what_is_said_until_it_closes(socket)
        assert [(frame["type"], frame["data"]) for frame in frames] == [("session.ended", {"reason": "signed_out"})]
    asked_at = time.monotonic()
    while await session.may_call():
        assert asked_at - signed_out_at < STOPS_WITHIN_S, "the access token is still taken"
        asked_at = time.monotonic()
    with pytest.raises(websockets.InvalidStatus) as refused:
        await session.socket()
    assert refused.value.response.status_code in {401, 403}
    with pytest.raises(ApiProblemError) as ended:
        await city.api.post("/v1/auth/refresh", {"refresh_token": session.refresh_token})
    assert ended.value.code == "refresh_token_invalid"


async def test_another_session_and_a_new_sign_in_go_on(city: City, email: str) -> None:
    leaving, staying = await signed_in(city, email), await signed_in(city, email)
    left, open_one = await leaving.socket(), await staying.socket()

    await leaving.sign_out()
    back = await signed_in(city, email)

    assert await back.may_call()
    await what_is_said_until_it_closes(left)
    assert await staying.may_call()
    await open_one.send(json.dumps({"action": "ping"}))
    async with asyncio.timeout(CLOSES_WITHIN_S):
        assert json.loads(await open_one.recv())["type"] == "pong"
    reconnected = await back.socket()
    await reconnected.close()
    await open_one.close()


async def test_signing_out_while_an_app_connects_leaves_no_socket_open(city: City, email: str) -> None:
    """Either the handshake is refused, or the socket that it opened is closed, depending on which comes first."""
    session = await signed_in(city, email)

    async def connects() -> int:
        try:
            socket = await session.socket()
        except websockets.InvalidStatus as refused:
            return refused.response.status_code
        await what_is_said_until_it_closes(socket)
        return 101

    statuses = await asyncio.gather(*(connects() for _ in range(5)), session.sign_out())

    assert set(statuses) <= {101, 401, 403, None}
