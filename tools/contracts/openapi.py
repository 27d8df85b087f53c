"""`docs/openapi.json`: Powertools' schema of each operation, merged, with every problem that it can answer."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus

from rideflow.kernel.problems import CONTENT_TYPE
from rideflow.kernel.rest import RestApi
from tools.contracts import headers, problems, refusals
from tools.contracts.operations import Operation, operations
from tools.contracts.prose import description, of_context, summary
from tools.contracts.raising import Cause, problem_key
from tools.contracts.schemas import Json, pruned, put, with_words

_PUBLIC = ("/v1/auth/", "/v1/webhooks/")
"""Paths that nobody has to be signed in for."""


@dataclass
class _Described:
    """An operation as it stands in the document, with the causes of its refusals."""

    operation: Operation
    path: str
    method: str
    body: Json
    causes: dict[int, frozenset[Cause]] = field(default_factory=dict)

    def codes(self, status: int) -> tuple[str, ...]:
        return tuple(sorted({problem_key(cause)[1] for cause in self.causes[status]}))


def document() -> Json:
    """The OpenAPI 3.1 document of all REST operations. Raises `NameClashError`, `DanglingReferenceError`."""
    return deepcopy(_document())


@cache
def _document() -> Json:
    schemas: dict[str, Json] = {"FieldProblem": problems.FIELD_PROBLEM}
    all_described = [each for operation in operations() for each in _described(operation, schemas)]
    names = _names(all_described)
    paths: dict[str, Json] = defaultdict(dict)
    for each in all_described:
        paths[each.path][each.method] = {**each.body, "responses": _responses(each, names, schemas)}
    contexts = sorted({each.operation.context for each in all_described})
    return pruned(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "RideFlow",
                "version": "1",
                "summary": "Rides from request to receipt, for the apps of riders, drivers and operators.",
                "description": _INTRODUCTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [SERVER],
            "security": [{"bearer": []}],
            "tags": [{"name": context, "description": of_context(context)} for context in contexts],
            "paths": dict(sorted(paths.items())),
            "components": {
                "securitySchemes": {"bearer": BEARER},
                "headers": headers.ANSWERED,
                "parameters": headers.SENT,
                "schemas": schemas,
            },
        }
    )


_INTRODUCTION = (
    "Every refusal is a problem document (RFC 9457), media type `application/problem+json`, with a stable `code`: each"
    " operation lists its codes by status. Distances are metres, durations seconds, money integer minor units with a"
    " currency, times UTC. A request that creates something carries an `Idempotency-Key`: its repeat creates nothing"
    " and answers alike. Live traffic is described by `asyncapi.json`."
)
SERVER: Json = {
    "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
    "description": "A deployed stage; the local cloud prints its own address.",
    "variables": {
        "api": {"default": "api-id", "description": "The output `RestApiId` of the stage's API stack"},
        "region": {"default": "us-east-1", "description": "Where the stage is deployed"},
        "stage": {"default": "live", "description": "The output `RestStage`"},
    },
}
BEARER: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` of `POST /v1/auth/login`",
}


def _described(operation: Operation, schemas: dict[str, Json]) -> Iterator[_Described]:
    if not isinstance(operation.app, RestApi):
        return
    made = with_words(json.loads(operation.app.get_openapi_json_schema(title="RideFlow", version="1")))
    for name, model in made.get("components", {}).get("schemas", {}).items():
        put(schemas, name, model)
    for path, methods in made["paths"].items():
        for method, found in methods.items():
            public = path.startswith(_PUBLIC)
            found["parameters"] = [*found.get("parameters", []), *headers.parameters(method)]
            causes = refusals.of_rest(operation, public=public, method=method, described=found)
            body = {
                **found,
                "operationId": operation.name,
                "tags": [operation.context],
                "summary": summary(operation),
                "description": description(operation),
            }
            yield _Described(operation, path, method, body | ({"security": []} if public else {}), causes)


def _responses(described: _Described, names: dict[tuple[int, tuple[str, ...]], str], schemas: dict[str, Json]) -> Json:
    responses: Json = {}
    for status, answer in described.body["responses"].items():
        if status.startswith("2"):
            responses[status] = {**answer, "description": f"{_words(int(status))}."}
    if "204" in responses:
        responses["204"] = {"description": responses["204"]["description"]}
    if described.method == "get":
        responses["304"] = {"description": headers.NOT_MODIFIED}
    for status, causes in described.causes.items():
        codes = described.codes(status)
        name = names.get((status, codes)) or f"{_camel(described.operation.name)}{_camel(_words(status))}Problem"
        shape = problems.schema(causes, refusals.program(), schemas)
        put(schemas, name, {"title": name, **shape})
        content = {CONTENT_TYPE: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        responses[str(status)] = {"description": problems.description(causes), "content": content}
    return {status: _with_headers(described.method, int(status), answer) for status, answer in responses.items()}


def _with_headers(method: str, status: int, answer: Json) -> Json:
    carried = headers.of_answer(method, status)
    return {**answer, "headers": carried} if carried else answer


def _names(all_described: list[_Described]) -> dict[tuple[int, tuple[str, ...]], str]:
    """Names of problems that several operations share: the code's, or, for the most frequent codes, the status's.

    A code that is named as its status (`not_found`) leaves the plain name to the status if both are needed.
    """
    uses = Counter((status, each.codes(status)) for each in all_described for status in each.causes)
    names: dict[tuple[int, tuple[str, ...]], str] = {
        (status, codes): f"{_camel(codes[0])}Problem" for status, codes in uses if len(codes) == 1
    }
    for status in {status for status, _ in uses}:
        several = Counter({codes: n for (of, codes), n in uses.items() if of == status and len(codes) > 1 and n > 1})
        for codes, _ in several.most_common(1):
            of_the_status = f"{_camel(_words(status))}Problem"
            names = {
                key: name.replace("Problem", "OnlyProblem") if name == of_the_status else name
                for key, name in names.items()
            }
            names[status, codes] = of_the_status
    return names


def _words(status: int) -> str:
    return HTTPStatus(status).phrase


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.replace("-", " ").replace("_", " ").split())
