"""API Gateway's own refusals, as the problem documents that a function would have given.

A response of the gateway is text without conditions: it cannot check whether an origin is one of ours. It holds no
personal data, so every origin may read it. Only the origins of the stage may read answers of functions.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from aws_cdk import aws_apigateway as apigateway

from infra.stages import Stage
from rideflow.kernel.problems import problem
from rideflow.kernel.response_headers import EXPOSED_HEADERS, problem_headers

_Type = apigateway.ResponseType
_OURS = "Something went wrong on our side; please try again."
_NOWHERE = "There is nothing at this address."
_KIND = "Send the body as JSON, with Content-Type: application/json."


class _Refusal(NamedTuple):
    response: apigateway.ResponseType
    status: int
    code: str
    detail: str


_REFUSALS = (
    _Refusal(_Type.BAD_REQUEST_BODY, 400, "malformed_request", "The body cannot be read."),
    _Refusal(_Type.BAD_REQUEST_PARAMETERS, 400, "malformed_request", "A parameter is missing."),
    _Refusal(_Type.UNAUTHORIZED, 401, "unauthenticated", "Please sign in."),
    _Refusal(_Type.ACCESS_DENIED, 403, "forbidden", "Your account may not do this."),
    _Refusal(_Type.WAF_FILTERED, 403, "request_blocked", "The firewall does not let this request pass."),
    _Refusal(_Type.INVALID_API_KEY, 403, "forbidden", "Your account may not do this."),
    # No route requires an AWS signature, so API Gateway gives these three for addresses that do not exist.
    _Refusal(_Type.MISSING_AUTHENTICATION_TOKEN, 404, "not_found", _NOWHERE),
    _Refusal(_Type.INVALID_SIGNATURE, 404, "not_found", _NOWHERE),
    _Refusal(_Type.EXPIRED_TOKEN, 404, "not_found", _NOWHERE),
    _Refusal(_Type.RESOURCE_NOT_FOUND, 404, "not_found", _NOWHERE),
    _Refusal(_Type.REQUEST_TOO_LARGE, 413, "too_large", "The request is too large."),
    _Refusal(_Type.UNSUPPORTED_MEDIA_TYPE, 415, "unsupported_media_type", _KIND),
    _Refusal(_Type.THROTTLED, 429, "rate_limited", "Too many requests; please try again."),
    _Refusal(_Type.QUOTA_EXCEEDED, 429, "rate_limited", "Too many requests; please try again."),
    _Refusal(_Type.INTEGRATION_TIMEOUT, 503, "unavailable", "The operation took too long; please try again."),
    _Refusal(_Type.INTEGRATION_FAILURE, 500, "internal_error", _OURS),
    _Refusal(_Type.AUTHORIZER_FAILURE, 500, "internal_error", _OURS),
    _Refusal(_Type.AUTHORIZER_CONFIGURATION_ERROR, 500, "internal_error", _OURS),
    _Refusal(_Type.API_CONFIGURATION_ERROR, 500, "internal_error", _OURS),
    # These two cover response types that API Gateway may add.
    _Refusal(_Type.DEFAULT_4_XX, 400, "malformed_request", "The request cannot be served."),
    _Refusal(_Type.DEFAULT_5_XX, 500, "internal_error", _OURS),
)

RETRY_AFTER_S = 1
"""Seconds: the gateway's own limit counts by the second."""


def refusals(stage: Stage) -> dict[str, Any]:
    """The gateway responses by their types, as API Gateway's extension of OpenAPI has them."""
    return {refusal.response.response_type: _response(refusal, stage) for refusal in _REFUSALS}


def _response(refusal: _Refusal, stage: Stage) -> dict[str, Any]:
    wait = {"retry_after_s": RETRY_AFTER_S} if refusal.status == 429 else {}
    document = problem(refusal.status, refusal.code, refusal.detail, **wait)
    headers = problem_headers(document) | {"Cache-Control": "no-store"} | _for_web_apps(stage)
    return {
        "statusCode": str(refusal.status),
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{text}'" for name, text in headers.items()},
        "responseTemplates": {"application/json": json.dumps(document)},
    }


def _for_web_apps(stage: Stage) -> dict[str, str]:
    if not stage.origins:
        return {}
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS),
    }
