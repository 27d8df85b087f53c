"""Every answer in a test is validated against the published contracts: status, code, and each member's type."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from local.paths import ROOT
from rideflow.kernel.problems import CONTENT_TYPE
from rideflow.kernel.rest import RestApi

type Json = dict[str, Any]


def hold(app: Any, status: int, body: Json) -> None:
    """Fails if an operation's answer does not follow its contract. Answers of other handlers are not checked."""
    operation = _operation(app)
    if operation in (None, "connect"):  # API Gateway does not pass the answer of a handshake on
        return
    if not isinstance(app, RestApi):
        broken = _broken(_frame(body["type"]), body) if "type" in body and "data" in body else []
    else:
        answer = _answers().get(operation, {}).get(str(status))
        assert answer is not None, f"{operation} answers {status} {body.get('code')}, which its contract does not list"
        broken = [] if answer == {} else _broken(_validator(operation, str(status)), body)
    assert broken == [], f"{operation} breaks its contract: {broken}; answered {status} {body}"


def _operation(app: Any) -> str | None:
    """The file of `functions/` whose handler it is."""
    modules = (module for name, module in list(sys.modules.items()) if name.startswith("functions."))
    return next((each.__name__.rpartition(".")[2] for each in modules if getattr(each, "app", None) is app), None)


def _broken(validator: Validator, body: Json) -> list[str]:
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(body)]


@cache
def _document(name: str) -> Json:
    return dict(json.loads((ROOT / "docs" / name).read_text(encoding="utf-8")))


@cache
def _answers() -> dict[str, Json]:
    """Schemas of answers by operation and status; `{}` for an empty answer."""
    methods = [method for path in _document("openapi.json")["paths"].values() for method in path.values()]
    return {
        method["operationId"]: {status: _schema(answer) for status, answer in method["responses"].items()}
        for method in methods
    }


def _schema(answer: Json) -> Json:
    content = answer.get("content", {})
    (media,) = content.values() or [{}]
    schema = media.get("schema", {})
    return {**schema, "x-is-problem": True} if CONTENT_TYPE in content else schema


@cache
def _validator(operation: str, status: str) -> Validator:
    document = _document("openapi.json")
    schema = _answers()[operation][status]
    if "x-is-problem" in schema:  # refuse members that the contract does not type
        schema = {"allOf": [schema], "unevaluatedProperties": False}
    return Draft202012Validator({**schema, "components": document["components"]})


@cache
def _frame(type_: str) -> Validator:
    document = _document("asyncapi.json")
    told = {each["payload"]["properties"]["type"]["const"]: each for each in _messages(document)}
    return Draft202012Validator({**told[type_]["payload"], "components": document["components"]})


def _messages(document: Json) -> list[Json]:
    messages = document["components"]["messages"].values()
    return [each for each in messages if "const" in each["payload"]["properties"].get("type", {})]
