"""The events that a WebSocket API's functions and authorizers receive.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import base64
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .connections import Connection
from .routing import CONNECT, DISCONNECT

Event = dict[str, Any]


@dataclass(frozen=True)
class Handshake:
    """The HTTP request that opened a connection."""

    headers: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]]

    def as_event(self) -> Event:
        """Headers and query string as API Gateway passes them on: for each name its last value, and all its values."""
        return {
            "headers": dict(self.headers),
            "multiValueHeaders": _multi(self.headers),
            "queryStringParameters": dict(self.query) or None,
            "multiValueQueryStringParameters": _multi(self.query) or None,
        }


class EventFactory:
    """Makes the events of one stage; `domain_name` is the API's name in its address."""

    def __init__(self, domain_name: str) -> None:
        self._domain_name = domain_name

    def connect(self, connection: Connection, handshake: Handshake) -> Event:
        """For the `$connect` route."""
        return self._event(connection, CONNECT, "CONNECT") | handshake.as_event()

    def authorize(self, connection: Connection, handshake: Handshake, method_arn: str) -> Event:
        """For the authorizer of the `$connect` route."""
        event = self.connect(connection, handshake) | {"type": "REQUEST", "methodArn": method_arn}
        del event["isBase64Encoded"]
        return event

    def message(self, connection: Connection, route_key: str, message: str | bytes) -> Event:
        """For the route that a message takes."""
        event = self._event(connection, route_key, "MESSAGE")
        event["requestContext"]["messageId"] = uuid.uuid4().hex[:16]
        if isinstance(message, bytes):
            return event | {"body": base64.b64encode(message).decode(), "isBase64Encoded": True}
        return event | {"body": message}

    def disconnect(self, connection: Connection, code: int, reason: str) -> Event:
        """For the `$disconnect` route: it comes after the fact and nobody waits for it."""
        event = self._event(connection, DISCONNECT, "DISCONNECT")
        event["requestContext"] |= {"disconnectStatusCode": code, "disconnectReason": reason}
        headers = {"Host": self._domain_name, "x-api-key": ""}
        return event | {"headers": headers, "multiValueHeaders": _multi(list(headers.items()))}

    def _event(self, connection: Connection, route_key: str, event_type: str) -> Event:
        now = time.time()
        context: Event = {
            "routeKey": route_key,
            "eventType": event_type,
            "messageDirection": "IN",
            "connectionId": connection.id,
            "connectedAt": _milliseconds(connection.connected_at.timestamp()),
            "requestId": str(uuid.uuid4()),
            "extendedRequestId": uuid.uuid4().hex[:16],
            "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": _milliseconds(now),
            "stage": connection.stage,
            "apiId": connection.api_id,
            "domainName": self._domain_name,
            "identity": {"sourceIp": connection.source_ip, "userAgent": connection.user_agent},
        }
        if connection.authorizer is not None:
            context["authorizer"] = connection.authorizer
        return {"requestContext": context, "isBase64Encoded": False}


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _multi(pairs: Sequence[tuple[str, str]]) -> Mapping[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
