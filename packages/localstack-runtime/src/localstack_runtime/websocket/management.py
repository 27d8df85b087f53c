"""The `@connections` endpoint: a back end sends to a client, reads its connection's state, or ends the connection."""

import json
from collections.abc import Callable
from urllib.parse import unquote

from localstack.http import Request, Response
from localstack.services.edge import ROUTER
from localstack.utils.aws.request_context import extract_region_from_headers, get_account_id_from_request

from .. import settings
from ..authorization.access import ACCESS, DeniedError
from ..authorization.enforcement import access_key
from ..authorization.needs import Need, Place
from .channel import NORMAL
from .connections import Connection, Connections
from .messages import MESSAGE_LIMIT_BYTES


class ConnectionManagement:
    """Answers `apigatewaymanagementapi`. A closed connection is answered 410, however it ended."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def __call__(self, request: Request, api_id: str, stage: str, connection_id: str) -> Response:
        connection_id = unquote(connection_id)
        try:
            _check(request, f"{api_id}/{stage}/{request.method}/@connections/{connection_id}")
        except DeniedError as error:
            return _error(403, "AccessDeniedException", str(error))
        connection = self._connections.get(api_id, stage, connection_id)
        if connection is None:
            return _gone()
        operations: dict[str, Callable[[Connection, Request], Response]]
        operations = {"POST": _post, "GET": _get, "DELETE": _delete}
        return operations[request.method](connection, request)


def _check(request: Request, resource: str) -> None:
    """Raises `DeniedError` unless the caller's role may manage the connection; any other caller may."""
    key = access_key(request)
    place = Place(get_account_id_from_request(request), extract_region_from_headers(request.headers))
    if settings.policies_are_enforced() and key and (session := ACCESS.session(key, place.account)):
        ACCESS.check(session, Need("execute-api:ManageConnections", place.arn("execute-api", resource)), place)


def _post(connection: Connection, request: Request) -> Response:
    data = request.get_data()
    if len(data) > MESSAGE_LIMIT_BYTES:
        return _error(413, "PayloadTooLargeException", "Request entity too large")
    try:
        message: str | bytes = data.decode()
    except UnicodeDecodeError:
        message = data
    if not connection.send(message):
        return _gone()
    connection.touch()
    return Response(status=200)


def _get(connection: Connection, _request: Request) -> Response:
    document = {
        "connectedAt": connection.connected_at.isoformat(),
        "identity": {"sourceIp": connection.source_ip, "userAgent": connection.user_agent},
        "lastActiveAt": connection.last_active_at.isoformat(),
    }
    return Response(json.dumps(document), mimetype="application/json")


def _delete(connection: Connection, _request: Request) -> Response:
    connection.close(NORMAL, "Connection Closed Normally")
    return Response(status=204)


def _gone() -> Response:
    return _error(410, "GoneException", "Gone")


def _error(status: int, kind: str, message: str) -> Response:
    body = json.dumps({"message": message})
    return Response(body, status=status, headers={"x-amzn-ErrorType": kind}, mimetype="application/json")


def install(connections: Connections, endpoint: str) -> None:
    """Serve it below each API's endpoint."""
    ROUTER.add(
        f"{endpoint}/@connections/<path:connection_id>",
        ConnectionManagement(connections),
        methods=["GET", "POST", "DELETE"],
    )
