"""The REST API in this process, as a WSGI application: requests become API Gateway's events for the real handlers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from rideflow.kernel.access import Caller
from rideflow.kernel.problems import CONTENT_TYPE, problem
from rideflow.kernel.rest import RestApi
from tests.functions.lambda_events import LambdaContext, authorizer_context
from tests.infra.handlers import deployed_path
from tools.contracts.operations import operations

OPENAPI = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"

STAGE = "live"

type Json = dict[str, Any]


@cache
def routes() -> list[tuple[Any, RestApi]]:
    """Every route that the handlers declare, with its handler."""
    apps = [operation.app for operation in operations() if isinstance(operation.app, RestApi)]
    return [(route, app) for app in apps for route in (*app._static_routes, *app._dynamic_routes)]


class Gateway:
    """Answers as the deployed API does, with the gateway's own refusals; `caller` selects the signed-in person."""

    def __init__(self) -> None:
        self.caller: Caller | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        headers = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
        start_response(f"{answer['statusCode']} -", headers)
        return [(answer["body"] or "").encode()]

    def _answer(self, environ: WSGIEnvironment) -> Json:
        path, method = environ["PATH_INFO"].encode("latin-1").decode(errors="replace"), environ["REQUEST_METHOD"]
        path = path.removeprefix(f"/{STAGE}")  # the server in the document includes the stage
        if path == "/openapi.json":
            return _answered(200, "application/json", OPENAPI.read_text())
        found = [(route, app) for route, app in routes() if route.rule.match(path)]
        served = {route.method: (route, app) for route, app in found}
        chosen = served.get("GET" if method == "HEAD" else method)
        if chosen is not None:
            route, app = chosen
            event = _event(environ, method, path, deployed_path(route), self.caller)
            returned: Json = json.loads(json.dumps(app(event, LambdaContext())))  # as Lambda passes it on
            return returned
        if served:
            return _refusal(405, "method_not_allowed", Allow=", ".join(sorted(served)))
        return _refusal(404, "not_found")


def _event(environ: WSGIEnvironment, method: str, path: str, resource: str, caller: Caller | None) -> Json:
    names = [name for name in environ if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}]
    headers = {name.removeprefix("HTTP_").replace("_", "-").title(): environ[name] for name in names if environ[name]}
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True, errors="replace")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "r-1",
            "stage": STAGE,
            "httpMethod": method,
            "path": f"/{STAGE}{path}",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "schemathesis"},
            **({"authorizer": authorizer_context(caller)} if caller else {}),
        },
        "body": body.decode(errors="replace") or None,
        "isBase64Encoded": False,
    }


def _answered(status: int, kind: str, body: str, **headers: str) -> Json:
    told = {"Content-Type": kind, **headers}
    return {"statusCode": status, "multiValueHeaders": {name: [text] for name, text in told.items()}, "body": body}


def _refusal(status: int, code: str, **headers: str) -> Json:
    return _answered(status, CONTENT_TYPE, json.dumps(problem(status, code, "Refused.")), **headers)


type Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
