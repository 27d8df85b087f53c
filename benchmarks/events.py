"""Events as Lambda receives them."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID, uuid4

type Json = dict[str, Any]


def _authorizer(person_id: UUID, permission: str) -> dict[str, str]:
    return {"person_id": str(person_id), "roles": "", "permissions": permission, "principalId": str(person_id)}


def rest_event(path: str, person_id: UUID, permission: str, body: Json | None) -> Json:
    """A POST through the REST API, or a GET if there is no body."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), "Host": "127.0.0.1"}
    return {
        "httpMethod": "GET" if body is None else "POST",
        "path": path,
        "resource": re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{trip_id}", path),
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "authorizer": _authorizer(person_id, permission),
            "path": path,
            "stage": "bench",
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def websocket_event(action: str, person_id: UUID, permission: str, **fields: Any) -> Json:
    """A message through the WebSocket API."""
    return {
        "requestContext": {
            "routeKey": action,
            "eventType": "MESSAGE",
            "connectionId": str(uuid4()),  # a new one each time: no connection reaches its rate limit
            "requestId": str(uuid4()),
            "authorizer": _authorizer(person_id, permission),
        },
        "body": json.dumps({"action": action, **fields}),
        "isBase64Encoded": False,
    }


def connect_event(person_id: UUID) -> Json:
    """An app opens its WebSocket; the connection's id is the person's."""
    event = websocket_event("$connect", person_id, "realtime:connect")
    event["requestContext"] |= {"eventType": "CONNECT", "connectionId": str(person_id)}
    return event


def queue_event(*bodies: Json) -> Json:
    """A batch of a queue's messages."""
    return {"Records": [_record(body) for body in bodies]}


def _record(body: Json) -> Json:
    return {"messageId": str(uuid4()), "body": json.dumps(body), "eventSource": "aws:sqs", "attributes": {}}


def bus_event(*entries: Json) -> Json:
    """Domain events, as EventBridge puts them on a consumer's queue: each entry is one of `put_events`."""
    return queue_event(
        *(
            {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
            for entry in entries
        )
    )
