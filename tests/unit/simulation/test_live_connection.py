"""A phone's live connection: it is opened again if the cloud was too busy, and given up if it was refused."""

import asyncio
import json
from collections.abc import Sequence
from http import HTTPStatus

import pytest
import websockets
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from simulation import api
from simulation.api import LiveConnection


class Gateway:
    """Answers the handshakes with these statuses, one after the other, then opens."""

    def __init__(self, statuses: Sequence[HTTPStatus]) -> None:
        self._statuses = list(statuses)
        self.asked = 0

    def __call__(self, connection: ServerConnection, _request: Request) -> Response | None:
        self.asked += 1
        return connection.respond(self._statuses.pop(0), "") if self._statuses else None


async def opened(gateway: Gateway) -> None:
    async def stay(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(stay, "127.0.0.1", 0, process_request=gateway) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with LiveConnection.open(f"ws://127.0.0.1:{port}", "token"):
            pass


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_TRY_AGAIN_AFTER_S", (0.0, 0.0))


async def test_a_cloud_that_was_too_busy_is_asked_again() -> None:
    gateway = Gateway([HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE])
    await opened(gateway)
    assert gateway.asked == 3


@pytest.mark.parametrize(
    ("statuses", "asked"), [([HTTPStatus.UNAUTHORIZED], 1), ([HTTPStatus.BAD_GATEWAY] * 9, 3)], ids=["refused", "busy"]
)
async def test_a_refusal_is_raised_at_once_and_a_busy_cloud_in_the_end(statuses: list[HTTPStatus], asked: int) -> None:
    gateway = Gateway(statuses)
    with pytest.raises(websockets.InvalidStatus):
        await opened(gateway)
    assert gateway.asked == asked


async def test_a_message_of_the_gateway_itself_is_no_frame_and_the_next_frame_is_heard() -> None:
    """As API Gateway answers an action whose function was killed."""
    died = {"message": "Internal server error", "connectionId": "c", "requestId": "r"}

    async def tell(connection: ServerConnection) -> None:
        for message in (died, died, {"id": "1", "type": "trip.offer"}):
            await connection.send(json.dumps(message))
        await connection.wait_closed()

    heard: asyncio.Queue[str] = asyncio.Queue()
    async with serve(tell, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with LiveConnection.open(f"ws://127.0.0.1:{port}", "token") as live, asyncio.timeout(10):
            live.listen(lambda frame: heard.put_nowait(frame["type"]))
            assert await heard.get() == "trip.offer"
