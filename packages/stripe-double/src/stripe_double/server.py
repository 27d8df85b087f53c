"""The Stripe double as a server: one event loop, one port on loopback, in this thread or in one of its own."""

import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stripe_double import (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
    webhook_endpoints,
)
from stripe_double.connections import BreakableConnection
from stripe_double.control import Control, refused
from stripe_double.control_money import MoneyControl
from stripe_double.errors import ApiError
from stripe_double.gateway import Gateway, unrecognized
from stripe_double.hosted import Hosted
from stripe_double.operations import Operation
from stripe_double.settings import Settings
from stripe_double.webhooks import Webhooks
from stripe_double.world import World

OPERATIONS: tuple[Operation, ...] = (
    *customers.OPERATIONS,
    *payment_methods.OPERATIONS,
    *setup_intents.OPERATIONS,
    *payment_intents.OPERATIONS,
    *charges.OPERATIONS,
    *refunds.OPERATIONS,
    *disputes.OPERATIONS,
    *accounts.OPERATIONS,
    *transfers.OPERATIONS,
    *payouts.OPERATIONS,
    *events.OPERATIONS,
    *balance.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
)

STOPPED_WITHIN_S = 10
HANGING_REQUESTS_END_AFTER_S = 1


def application(settings: Settings, url: str) -> Starlette:
    """The double as an application that is reached at `url`."""
    world = World(settings, url)
    webhooks = Webhooks(world)
    gateway = Gateway(world, webhooks)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await webhooks.start()
        yield
        await webhooks.stop()

    controls = [*Control(world, gateway, webhooks).routes(), *MoneyControl(world, webhooks).routes()]
    routes = [_route(gateway, operation) for operation in OPERATIONS]
    return Starlette(
        routes=[*routes, *controls, *Hosted(world, webhooks).routes()],
        lifespan=lifespan,
        middleware=[Middleware(ForBrowsers)],
        exception_handlers={
            HTTPException: _nothing_there,
            ApiError: refused,
            ValidationError: refused,
            ValueError: refused,
        },
    )


class ForBrowsers:
    """Pages of any origin may call the API, as they may call Stripe's: a key opens it, and no cookie.

    They may not call the double's own controls.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Request-Id", "Stripe-Should-Retry"],
            max_age=300,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and scope["path"].startswith("/v1/")
        await (self._open if is_api else self._app)(scope, receive, send)


def _route(gateway: Gateway, operation: Operation) -> Route:
    async def serve(request: Request) -> Response:
        return await gateway.serve(operation, request)

    return Route(operation.path, serve, methods=[operation.method])


def _nothing_there(request: Request, _problem: Exception) -> Response:
    return unrecognized(request.method, request.url.path)


class _Server(uvicorn.Server):
    """A server that signals when it listens."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()


class StripeDouble:
    """The port is bound at once, so that the URL is known before the server runs."""

    def __init__(self, settings: Settings) -> None:
        # Named as TCP, because asyncio turns Nagle's algorithm off only then: 40 ms for each answer.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", settings.port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._config = uvicorn.Config(
            application(settings, self.url),
            http=BreakableConnection,
            ws="none",
            log_level="warning",
            access_log=False,
            backlog=2048,
            timeout_graceful_shutdown=HANGING_REQUESTS_END_AFTER_S,
        )

    def run(self, when_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until a signal ends it."""
        with self._socket:
            _Server(self._config, when_ready).run(sockets=[self._socket])

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[str]:
        """Serve beside the caller; gives the URL."""
        ready = threading.Event()
        server = _Server(self._config, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        thread.start()
        if not ready.wait(STOPPED_WITHIN_S):
            raise TimeoutError("the Stripe double did not start")
        try:
            yield self.url
        finally:
            server.should_exit = True
            thread.join(STOPPED_WITHIN_S)
            self._socket.close()
