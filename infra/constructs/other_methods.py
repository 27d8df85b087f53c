"""Answers of an address to methods that it does not serve: preflights of web apps, 405 with `Allow`, 404.

API Gateway's own answer would be that an authentication token is missing. A mock integration costs no function: its
request template chooses the status, and the status selects one of these answers. An answer sets its headers by its
template ("Override your API's request and response parameters", Amazon API Gateway Developer Guide): all addresses
share the two templates, which stand in the template of CloudFormation once. A third of a megabyte would repeat them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from infra.stages import Stage
from rideflow.kernel.problems import CONTENT_TYPE, problem
from rideflow.kernel.response_headers import EXPOSED_HEADERS

type Json = dict[str, Any]

SENT_HEADERS = ("App-Version", "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match")
"""Headers that web apps may send."""

PREFLIGHT_KEPT_S = 7200
"""No browser remembers a preflight for longer."""

_KINDS = ("application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data")
"""API Gateway chooses a request template by the body's kind; other kinds are answered 415."""

_STATUS = '#if($context.httpMethod == "OPTIONS"){"statusCode": 204}#else{"statusCode": %d}#end'


_ORIGIN = (
    '#set($origin = $input.params().header.get("Origin"))'
    '#if(!$origin || $origin == "")#set($origin = $input.params().header.get("origin"))#end'
)
"""The origin under either name of the header: HTTP/2 sends names in lower case."""


_HERE = "OtherMethods"


class OtherMethods(Construct):
    """The answers of one API."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        refused = problem(405, "method_not_allowed", "This address serves ${allow}.", allowed="$allowed")
        self.texts = {
            "Preflight": _preflight(stage) + _header("Allow", "$allow"),
            "Refusal": _refused(stage) + _header("Allow", "$allow") + _dumped(refused),
        }
        """Templates that need `$allow` and `$allowed`, the methods as a header has them and as JSON."""
        self._shared = cdk.CfnMapping(self, "Texts", mapping={_HERE: self.texts}, lazy=False)

    def of(self, served: Iterable[str]) -> Json:
        """The operation of every method but those that the address serves."""
        allowed = sorted({*served, "OPTIONS"})
        told = f"#set($allow = \"{', '.join(allowed)}\")#set($allowed = '{json.dumps(allowed)}')"
        preflight, refusal = (told + self._shared.find_in_map(_HERE, name) for name in self.texts)
        return _operation(405, preflight, refusal)

    def nowhere(self) -> Json:
        """The operation of every method of an unknown address: 404."""
        refused = problem(404, "not_found", "There is nothing at this address.")
        return _operation(404, _common(self._stage, {}), _refused(self._stage) + json.dumps(refused))


def _operation(status: int, preflight: str, refusal: str) -> Json:
    kind = {"Content-Type": {"schema": {"type": "string"}}}
    return {
        "responses": {
            "204": {"description": "Preflight"},
            str(status): {"description": "Refusal", "headers": kind},
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "requestTemplates": dict.fromkeys(_KINDS, _STATUS % status),
            "responses": {
                "204": {"statusCode": "204", "responseTemplates": {"application/json": preflight}},
                "default": {
                    "statusCode": str(status),
                    "responseParameters": {"method.response.header.Content-Type": f"'{CONTENT_TYPE}'"},
                    "responseTemplates": {"application/json": refusal},
                },
            },
        },
    }


def _preflight(stage: Stage) -> str:
    if not stage.origins:
        return _common(stage, {})
    return (
        _common(stage, {})
        + _header("Access-Control-Allow-Methods", "$allow")
        + _header("Access-Control-Allow-Headers", f'"{", ".join(SENT_HEADERS)}"')
        + _header("Access-Control-Max-Age", f'"{PREFLIGHT_KEPT_S}"')
    )


def _refused(stage: Stage) -> str:
    return _common(stage, {"Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS)})


def _common(stage: Stage, headers: dict[str, str]) -> str:
    """The part of a template that all answers have; an origin of the stage's also gets the headers."""
    stored = _header("Cache-Control", '"no-store"')
    if not stage.origins:
        return stored
    is_ours = " || ".join(f'$origin == "{origin}"' for origin in stage.origins)
    told = {"Access-Control-Allow-Origin": "$origin"} | {name: f'"{text}"' for name, text in headers.items()}
    overrides = "".join(_header(name, value) for name, value in told.items())
    return f"{_ORIGIN}#if({is_ours}){overrides}#end" + stored + _header("Vary", '"Origin"')


def _header(name: str, value: str) -> str:
    """The directive that sets a header of the answer to a value of the template language."""
    return f"#set($context.responseOverride.header.{name} = {value})"


def _dumped(document: Json) -> str:
    """The document as JSON; its `$allowed` is replaced by a list when the template is rendered."""
    return json.dumps(document).replace('"$allowed"', "${allowed}")
