"""The OpenAPI document by which API Gateway imports the REST API: all routes in one resource of CloudFormation.

It has what the gateway needs and no schemas: API Gateway would store each as a model, and functions validate. Clients
read `docs/openapi.json`. Source of the extensions: Amazon API Gateway Developer Guide, "OpenAPI extensions".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.constructs import gateway_responses
from infra.constructs.other_methods import OtherMethods
from infra.constructs.routes import RestRoute
from infra.stages import Stage

type Json = dict[str, Any]

_BEARER = "bearer"
_ANY = "x-amazon-apigateway-any-method"
_UNKNOWN = ("/", "/{proxy+}")
"""Paths of all addresses without a route. The second is greedy: API Gateway prefers any other path that matches."""


@dataclass(frozen=True)
class Invocations:
    """URIs by which API Gateway invokes functions."""

    of: Callable[[str, str], str]
    """The URI for a context's operation."""
    authorizer: str
    cached_s: int
    """How long the gateway caches an answer of the authorizer, in seconds."""


def document(
    stage: Stage, info: Json, routes: Sequence[RestRoute], invocations: Invocations, others: OtherMethods
) -> Json:
    """The document of the routes. The title of `info` becomes the API's name when API Gateway imports it."""
    paths: dict[str, dict[str, Json]] = defaultdict(dict)
    for route in routes:
        operation = _operation(route, invocations.of(route.context, route.operation))
        paths[route.path] |= {method.lower(): operation for method in route.methods}
        # Only here: OpenAPI wants each id once.
        paths[route.path][route.method.lower()] = {"operationId": route.operation} | operation
    for path, operations in paths.items():
        operations[_ANY] = _parameters(path) | others.of(method.upper() for method in operations)
    for path in _UNKNOWN:
        paths[path][_ANY] = _parameters(path) | others.nowhere()
    return {
        "openapi": "3.0.1",
        "info": info,
        "paths": dict(paths),
        "components": {"securitySchemes": {_BEARER: _authorizer(invocations)}},
        "x-amazon-apigateway-gateway-responses": gateway_responses.refusals(stage),
    } | _endpoint(stage)


def _operation(route: RestRoute, uri: str) -> Json:
    return {
        **_parameters(route.path),
        **({} if route.public else {"security": [{_BEARER: []}]}),
        "responses": {"200": {"description": "The function's answer, whatever its status"}},
        # API Gateway invokes functions by POST, whatever the method of the request.
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri},
    }


def _parameters(path: str) -> Json:
    names = re.findall(r"\{(\w+)\+?\}", path)
    if not names:
        return {}
    schema = {"type": "string"}
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]}


def _authorizer(invocations: Invocations) -> Json:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": invocations.authorizer,
            "authorizerResultTtlInSeconds": invocations.cached_s,
        },
    }


def _endpoint(stage: Stage) -> Json:
    """With a domain of the stage's own, API Gateway's address for the API is closed."""
    if stage.domain is None:
        return {}
    closed = {"disableExecuteApiEndpoint": True}
    return {
        "servers": [
            {"url": f"https://{stage.domain.rest}", "x-amazon-apigateway-endpoint-configuration": closed},
        ]
    }
