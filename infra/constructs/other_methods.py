"""Answers of an address to methods that it does not serve: preflights of web apps, 405 with `Allow`, 404.

API Gateway's own answer would be that an authentication token is missing. A mock integration costs no function: its
request template chooses the status, and the status selects one of these answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aws_cdk import aws_apigateway as apigateway

from infra.constructs.nag import accept
from infra.stages import Stage
from rideflow.kernel.problems import CONTENT_TYPE, problem
from rideflow.kernel.response_headers import EXPOSED_HEADERS

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


def answer_other_methods(resource: apigateway.IResource, served: Iterable[str], stage: Stage) -> None:
    """The address serves these methods and refuses any other."""
    allowed = sorted({*served, "OPTIONS"})
    detail = f"This address serves {', '.join(allowed)}."
    _answer(resource, 405, problem(405, "method_not_allowed", detail, allowed=allowed), allowed, stage)


def answer_nowhere(resource: apigateway.IResource, stage: Stage) -> None:
    """Answer 404 to every method of an unknown address."""
    _answer(resource, 404, problem(404, "not_found", "There is nothing at this address."), [], stage)


def _answer(
    resource: apigateway.IResource, status: int, document: dict[str, object], allowed: list[str], stage: Stage
) -> None:
    refused = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"} | _vary(stage)
    preflight = {"Cache-Control": "no-store"} | _vary(stage)
    if allowed:
        refused["Allow"] = preflight["Allow"] = ", ".join(allowed)
        preflight |= _preflight(allowed, stage)
    exposed = {"Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS)}
    method = resource.add_method(
        "ANY",
        apigateway.MockIntegration(
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates=dict.fromkeys(_KINDS, _STATUS % status),
            integration_responses=[
                _integration_response("204", preflight, _if_ours(stage, {}), selected_by="204"),
                _integration_response(str(status), refused, _if_ours(stage, exposed) + json.dumps(document)),
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[_method_response("204", preflight), _method_response(str(status), refused)],
    )
    accept(method, "AwsSolutions-APIG4", "Tells which methods there are, and nothing else.")
    accept(method, "AwsSolutions-COG4", "Tells which methods there are, and nothing else.")


def _preflight(allowed: list[str], stage: Stage) -> dict[str, str]:
    if not stage.web_origins:
        return {}
    return {
        "Access-Control-Allow-Methods": ", ".join(allowed),
        "Access-Control-Allow-Headers": ", ".join(SENT_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_KEPT_S),
    }


def _vary(stage: Stage) -> dict[str, str]:
    return {"Vary": "Origin"} if stage.web_origins else {}


def _if_ours(stage: Stage, headers: dict[str, str]) -> str:
    """Template that names the request's origin in the answer if it is one of the stage's."""
    if not stage.web_origins:
        return ""
    is_ours = " || ".join(f'$origin == "{origin}"' for origin in stage.web_origins)
    told = {"Access-Control-Allow-Origin": "$origin"} | {name: f'"{text}"' for name, text in headers.items()}
    overrides = "".join(f"#set($context.responseOverride.header.{name} = {value})" for name, value in told.items())
    return f"{_ORIGIN}#if({is_ours}){overrides}#end"


def _integration_response(
    status: str, headers: dict[str, str], template: str, selected_by: str | None = None
) -> apigateway.IntegrationResponse:
    return apigateway.IntegrationResponse(
        status_code=status,
        selection_pattern=selected_by,
        response_parameters={f"method.response.header.{name}": f"'{text}'" for name, text in headers.items()},
        response_templates={"application/json": template},
    )


def _method_response(status: str, headers: dict[str, str]) -> apigateway.MethodResponse:
    told = [*headers, "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]
    return apigateway.MethodResponse(
        status_code=status, response_parameters={f"method.response.header.{name}": True for name in told}
    )
