"""What Lambda would be handed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

type Json = dict[str, Any]


def _authorizer(person_id: UUID, permission: str) -> dict[str, str]:
    return {"person_id": str(person_id), "roles": "", "permissions": permission, "principalId": str(person_id)}


def rest_event(path: str, person_id: UUID, permission: str, body: Json) -> Json:
    """A POST through the REST API."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), "Host": "127.0.0.1"}
    return {
        "httpMethod": "POST",
        "path": path,
        "resource": path,
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
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def websocket_event(action: str, person_id: UUID, permission: str, **fields: Any) -> Json:
    """A message through the WebSocket API."""
    return {
        "requestContext": {
            "routeKey": action,
            "eventType": "MESSAGE",
            "connectionId": "bench",
            "requestId": str(uuid4()),
            "authorizer": _authorizer(person_id, permission),
        },
        "body": json.dumps({"action": action, **fields}),
        "isBase64Encoded": False,
    }
