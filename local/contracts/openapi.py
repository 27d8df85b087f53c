"""`docs/openapi.json`: Powertools' schema of each operation, merged, with problem details as the one error shape."""

from __future__ import annotations

import json
from typing import Any

from local.contracts.operations import Operation, operations
from rideflow.kernel.rest import RestApi

type Json = dict[str, Any]

_PUBLIC = ("/v1/auth/", "/v1/webhooks/")
"""Paths that nobody has to be signed in for."""

PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457) with a stable code.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:rideflow:problem:trip_not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["trip_not_found"]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}


class ModelNameClashError(ValueError):
    """Two operations show different models under one name."""


def document() -> Json:
    """The OpenAPI 3.1 document of all REST operations."""
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = {"Problem": PROBLEM}
    for operation in operations():
        if isinstance(operation.app, RestApi):
            _merge(operation, paths, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RideFlow",
            "version": "1",
            "description": "Rides from request to receipt, for rider and driver apps.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _merge(operation: Operation, paths: dict[str, Json], schemas: dict[str, Json]) -> None:
    schema = json.loads(operation.app.get_openapi_json_schema(title="RideFlow", version="1"))
    for name, model in schema.get("components", {}).get("schemas", {}).items():
        if name in {"HTTPValidationError", "ValidationError"}:
            continue
        if schemas.setdefault(name, model) != model:
            raise ModelNameClashError(f"{name}, in functions/{operation.context}/{operation.name}.py")
    for path, methods in schema["paths"].items():
        for method, described in methods.items():
            paths.setdefault(path, {})[method] = _described(operation, path, described)


def _described(operation: Operation, path: str, described: Json) -> Json:
    succeeded = {status: answer for status, answer in described["responses"].items() if status.startswith("2")}
    for answer in succeeded.values():
        answer["description"] = "Done."
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    public: Json = {"security": []} if path.startswith(_PUBLIC) else {}
    return {
        **described,
        **public,
        "operationId": operation.name,
        "tags": [operation.context],
        "responses": {**succeeded, "default": {"description": "Refused, with the reason.", "content": problem}},
    }
