"""Lambda's events: those of the REST API, the WebSocket API and SQS, in AWS's shapes."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from rideflow.identity.model import shipped_roles
from rideflow.kernel.access import Caller
from tests.functions import contract

type Json = dict[str, Any]


@dataclass
class LambdaContext:
    """Lambda's context object for a handler."""

    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def signed_in(*roles: str, person_id: UUID | None = None) -> Caller:
    """A person with these roles and their permissions."""
    return Caller(person_id or uuid4(), frozenset(roles), frozenset(shipped_roles().permissions_of(roles)))


def authorizer_context(caller: Caller) -> Json:
    """The context from the Lambda authorizer: strings only."""
    return {
        "person_id": str(caller.id),
        "roles": " ".join(sorted(caller.roles)),
        "permissions": " ".join(sorted(caller.permissions)),
        "session": caller.session or "",
        "issued_at": str(caller.issued_at),
        "principalId": str(caller.id),
    }


def rest_event(
    method: str,
    path: str,
    body: object = None,
    caller: Caller | None = None,
    headers: dict[str, str] | None = None,
    path_parameters: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> Json:
    """A REST API proxy event. A `str` or None is the raw body, anything else is sent as JSON."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    sent = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": path_parameters,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "stage": "local",
            "httpMethod": method,
            "resourcePath": path,
            "path": f"/local{path}",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "test"},
            **({"authorizer": authorizer_context(caller)} if caller else {}),
        },
        "body": text,
        "isBase64Encoded": False,
    }


def websocket_event(
    action: str, data: Json | str | None = None, caller: Caller | None = None, connection_id: str = "phone"
) -> Json:
    """A WebSocket message whose body is `{"action": action, **data}`, or the raw text if `data` is a str."""
    return {
        "requestContext": {
            "routeKey": action,
            "eventType": {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(action, "MESSAGE"),
            "connectionId": connection_id,
            "requestId": str(uuid4()),
            "messageDirection": "IN",
            "stage": "local",
            "domainName": "abc123.execute-api.us-east-1.amazonaws.com",
            "apiId": "abc123",
            **({"authorizer": authorizer_context(caller)} if caller else {}),
        },
        "body": data if isinstance(data, str) else json.dumps({"action": action, **(data or {})}),
        "isBase64Encoded": False,
    }


def sqs_event(*bodies: Json) -> Json:
    """A batch of SQS messages. `event_of` makes the body that EventBridge puts on a queue."""
    return {
        "Records": [
            {
                "messageId": str(uuid4()),
                "receiptHandle": "receipt",
                "body": json.dumps(body, default=str),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1790877600000"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
                "awsRegion": "us-east-1",
            }
            for body in bodies
        ]
    }


def event_of(detail_type: str, source: str, detail: Json) -> Json:
    """A domain event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": "2026-10-01T18:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


@dataclass(frozen=True)
class Answer:
    """The answer of a REST operation or WebSocket route."""

    status: int
    body: Json

    @property
    def code(self) -> str:
        """The stable code of a problem, of either kind of answer."""
        return str(self.body.get("data", self.body).get("code"))


def answer(app: Any, event: Json) -> Answer:
    """The handler's answer to the event, its body read as JSON. Fails if the published contract does not allow it."""
    returned = app(event, LambdaContext())
    body = json.loads(returned["body"]) if returned.get("body") else {}
    contract.hold(app, returned["statusCode"], body)
    return Answer(returned["statusCode"], body)
