"""WebSocket APIs: the handshake, the handling of each message, and the end of a connection."""

import json
import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from localstack import config
from localstack.http import Response
from localstack.services.edge import ROUTER
from moto.apigatewayv2.models import Api, Route, apigatewayv2_backends
from rolo.websocket import WebSocketRequest
from rolo.websocket.errors import WebSocketError

from .. import settings
from ..authorization.access import DeniedError
from ..authorizers.answer import Grant, MalformedAnswerError
from ..authorizers.identity import RequestParts, identity_values
from ..authorizers.policy import Verdict
from ..invocation import FunctionError, invoke
from . import channel, management
from .channel import EventChannel, Limits, Listener
from .connections import Connection, Connections
from .events import Event, EventFactory, Handshake
from .routing import CONNECT, DISCONNECT, select_route

LOG = logging.getLogger(__name__)
ENDPOINT = "/_aws/execute-api/<api_id>/<stage>"
WORKERS = 64


class RefusedError(Exception):
    """The handshake ends with an HTTP status instead of a connection."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class DeployedApi:
    """An API with the account and region of its deployment."""

    account: str
    region: str
    model: Api

    def route(self, key: str) -> Route | None:
        """The route of a key."""
        return next((route for route in self.model.routes.values() if route.route_key == key), None)

    def method_arn(self, stage: str) -> str:
        """The method ARN that an authorizer's policy must allow for a connection."""
        return self.route_arn(stage, CONNECT)

    def route_arn(self, stage: str, key: str) -> str:
        """What API Gateway names as the source when it invokes the function of a route."""
        return self._arn(f"{stage}/{key}")

    def authorizer_arn(self, authorizer_id: str) -> str:
        """What API Gateway names as the source when it invokes the function of an authorizer."""
        return self._arn(f"authorizers/{authorizer_id}")

    def _arn(self, part: str) -> str:
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.model.api_id}/{part}"


def find_api(api_id: str) -> DeployedApi | None:
    """The API of an id, in any account and region."""
    for account, regions in apigatewayv2_backends.items():
        for region, backend in regions.items():
            if api_id in backend.apis:
                return DeployedApi(account, region, backend.apis[api_id])
    return None


class WebSocketApis:
    """Serves every WebSocket API that is deployed."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="websocket-message")

    def accept(self, request: WebSocketRequest, api_id: str, stage: str) -> None:
        """Answer a handshake. The connection is then driven by its events, without this thread."""
        api = find_api(api_id)
        socket: EventChannel = request.socket.channel
        connection = _connection(request, api_id, stage, socket)
        handshake = Handshake(list(request.headers.items()), list(request.args.items(multi=True)))
        try:
            if api is None or api.model.protocol_type != "WEBSOCKET" or stage not in api.model.stages:
                raise RefusedError(403, "Forbidden")
            subprotocol = self._connect(api, connection, handshake)
        except RefusedError as refused:
            request.reject(_refusal(refused, connection))
            return
        try:
            request.accept(subprotocol)
        except WebSocketError:  # the client left while its handshake was answered
            self._disconnect(api, connection, channel.ABNORMAL, "Connection lost")
            return
        self._connections.add(connection)
        limits = Limits(settings.websocket_idle_s(), settings.websocket_duration_s())
        socket.listen(self._listener(api, connection), limits)

    def _listener(self, api: DeployedApi, connection: Connection) -> Listener:
        def on_message(message: str | bytes) -> None:
            connection.touch()
            self._workers.submit(self._handle, api, connection, message)

        def on_close(code: int, reason: str) -> None:
            self._connections.remove(connection)
            self._workers.submit(self._disconnect, api, connection, code, reason)

        return Listener(on_message, on_close)

    def _connect(self, api: DeployedApi, connection: Connection, handshake: Handshake) -> str | None:
        route = api.route(CONNECT)
        if route is None:
            return None
        events = _events(api)
        if route.authorization_type == "CUSTOM":
            connection.authorizer = _authorize(api, route, connection, handshake)
        answer = _integrate(
            api,
            connection.stage,
            route,
            events.connect(connection, handshake),
            RefusedError(502, "Internal server error"),
        )
        answer = answer if isinstance(answer, Mapping) else {}
        status = int(answer.get("statusCode") or 200)
        if not 200 <= status < 300:
            raise RefusedError(status, "Forbidden" if status == 403 else str(answer.get("body") or "Unauthorized"))
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return headers.get("sec-websocket-protocol")

    def _handle(self, api: DeployedApi, connection: Connection, message: str | bytes) -> None:
        try:
            keys = {route.route_key for route in api.model.routes.values()}
            route = api.route(select_route(api.model.route_selection_expression, message, keys) or "")
            if route is None:
                raise RefusedError(403, "Forbidden")
            event = _events(api).message(connection, route.route_key, message)
            answer = _integrate(api, connection.stage, route, event, RefusedError(500, "Internal server error"))
            if _responds(route) and isinstance(answer, Mapping) and answer.get("body"):
                connection.send(str(answer["body"]))
        except RefusedError as refused:
            connection.send(json.dumps(_error_document(refused, connection)))
        except Exception:
            LOG.exception("message of %s to %s", connection.id, api.model.api_id)

    def _disconnect(self, api: DeployedApi, connection: Connection, code: int, reason: str) -> None:
        route = api.route(DISCONNECT)
        if route is None:
            return
        try:
            event = _events(api).disconnect(connection, code, reason)
            _integrate(api, connection.stage, route, event, RefusedError(500, "Internal server error"))
        except Exception as error:  # the client is gone, so the error is only logged
            LOG.warning("%s of %s failed: %s", DISCONNECT, connection.id, error)


def _connection(request: WebSocketRequest, api_id: str, stage: str, socket: EventChannel) -> Connection:
    return Connection(
        api_id=api_id,
        stage=stage,
        source_ip=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", ""),
        send=socket.send,
        close=socket.close_with,
    )


def _authorize(api: DeployedApi, route: Route, connection: Connection, handshake: Handshake) -> dict[str, Any]:
    authorizer = api.model.authorizers[str(route.authorizer_id)]
    parts = RequestParts(headers=handshake.headers, query=dict(handshake.query))
    if identity_values(authorizer.identity_source or [], parts) is None:
        raise RefusedError(401, "Unauthorized")
    method_arn = api.method_arn(connection.stage)
    event = _events(api).authorize(connection, handshake, method_arn)
    try:
        grant = Grant.parse(invoke(authorizer.authorizer_uri, event, api.authorizer_arn(str(route.authorizer_id))))
        allowed = grant.verdict(method_arn) is Verdict.ALLOW
    except FunctionError as error:
        if error.message == "Unauthorized":
            raise RefusedError(401, "Unauthorized") from error
        raise RefusedError(500, "Internal server error") from error
    except (MalformedAnswerError, DeniedError) as error:
        raise RefusedError(500, "Internal server error") from error
    if not allowed:
        raise RefusedError(403, "Forbidden")
    return grant.authorizer_context(latency_ms=0)


def _integrate(api: DeployedApi, stage: str, route: Route, event: Event, failure: RefusedError) -> Any:
    """The answer of the function behind a route; a mock integration answers nothing."""
    integration = api.model.integrations[route.target.rpartition("/")[2]]
    if integration.integration_type == "MOCK":
        return None
    if integration.integration_type != "AWS_PROXY":
        raise failure
    try:
        source = None if integration.credentials_arn else api.route_arn(stage, route.route_key)
        return invoke(integration.integration_uri, event, source)
    except (FunctionError, DeniedError) as error:
        LOG.info("route %s of %s: %s", route.route_key, api.model.api_id, error)
        raise failure from error


def _responds(route: Route) -> bool:
    """Whether the function's answer is sent to the client: only if route and route response both say so."""
    keys = {response.route_response_key for response in route.route_responses.values()}
    return bool(route.route_response_selection_expression) and "$default" in keys


def _events(api: DeployedApi) -> EventFactory:
    return EventFactory(f"127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_aws/execute-api/{api.model.api_id}")


def _error_document(refused: RefusedError, connection: Connection) -> dict[str, str]:
    return {"message": refused.message, "connectionId": connection.id, "requestId": str(uuid.uuid4())}


def _refusal(refused: RefusedError, connection: Connection) -> Response:
    body = json.dumps(_error_document(refused, connection))
    return Response(body, status=refused.status, mimetype="application/json")


def install() -> None:
    """Serve WebSocket APIs and their management endpoint beside the REST APIs."""
    connections = Connections()
    channel.install()
    ROUTER.add(ENDPOINT, WebSocketApis(connections).accept, methods=["WEBSOCKET"])
    management.install(connections, ENDPOINT)
