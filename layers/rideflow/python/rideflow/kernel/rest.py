"""The entry point of REST operations: Powertools' resolver with the product's errors, limits and logs.

A handler file is

    app = rest_api()

    @app.post("/v1/things", status_code=201)
    def create_thing(request: CreateThing, owner: Annotated[Caller, Depends(permitted("thing:create"))]) -> ThingView:
        return things().create(owner.id, request)

and its Lambda handler is `app`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header

from rideflow.kernel.errors import DomainError, MalformedRequestError, NotFoundError, TooLargeError
from rideflow.kernel.limiting import held_to_limit
from rideflow.kernel.observability import logger, start_invocation
from rideflow.kernel.problems import CONTENT_TYPE, internal_problem, problem, problem_of, problem_of_validation
from rideflow.kernel.versions import Ageing, check_app_version

MAX_BODY_BYTES = 64 * 1024
"""No operation needs more; the gateway itself would pass 10 MB on."""

IdempotencyHeader = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="A value unique to this request, such as a UUID: its repeat creates nothing and answers alike.",
    ),
]


class RestApi(APIGatewayRestResolver):
    """A resolver whose every error is a problem document."""

    def __init__(self, ageing: Ageing | None = None) -> None:
        super().__init__(enable_validation=True)
        self._ageing = ageing
        self.exception_handler(DomainError)(_refused)
        self.exception_handler(RequestValidationError)(_invalid)
        self.exception_handler(RequestUnsupportedContentType)(_unsupported)
        self.exception_handler(NoRouteError)(_no_route)
        self.exception_handler(Exception)(_failed)

    def route(self, *args: Any, **options: Any) -> Any:
        """As Powertools has it, with the annotations' text compiled here: it would be compiled at every request."""
        register = super().route(*args, **options)

        def registered(operation: Callable[..., Any]) -> Callable[..., Any]:
            operation.__annotations__ = get_type_hints(operation, include_extras=True)
            registered_one = register(operation)
            for route in (*self._static_routes, *self._dynamic_routes):
                route.deprecated = route.deprecated or self._ageing is not None
            return registered_one

        return registered

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        start_invocation(event["requestContext"].get("requestId", ""))
        answer = held_to_limit(event, lambda: self._answer(event, context))
        if self._ageing is not None:
            answer = {**answer, "multiValueHeaders": {**answer["multiValueHeaders"], **self._ageing.headers()}}
        return answer

    def _answer(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            check_app_version(event)
        except DomainError as refusal:
            return _proxy_response(problem_of(refusal))
        if refusal := _unreadable(event.get("body") or "", binary=bool(event.get("isBase64Encoded"))):
            return _proxy_response(problem_of(refusal))
        return super().resolve(event, context)


def rest_api(ageing: Ageing | None = None) -> RestApi:
    """The resolver of one operation, which tells in every answer and in its document if the operation will go."""
    return RestApi(ageing)


def _unreadable(body: str, *, binary: bool) -> DomainError | None:
    if len(body.encode()) > MAX_BODY_BYTES:
        return TooLargeError(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    if binary:
        return MalformedRequestError("Send the body as text.")
    if "\x00" in body or "\\u0000" in body:  # PostgreSQL stores no NUL
        return MalformedRequestError("The body holds a NUL character.")
    return None


def _response(document: dict[str, Any]) -> Response[str]:
    return Response(status_code=document["status"], content_type=CONTENT_TYPE, body=json.dumps(document))


def _proxy_response(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": document["status"],
        "multiValueHeaders": {"Content-Type": [CONTENT_TYPE]},
        "body": json.dumps(document),
        "isBase64Encoded": False,
    }


def _refused(error: DomainError) -> Response[str]:
    return _response(problem_of(error))


def _invalid(error: RequestValidationError) -> Response[str]:
    return _response(problem_of_validation(error.errors()))


def _unsupported(_error: RequestUnsupportedContentType) -> Response[str]:
    return _response(problem(415, "unsupported_media_type", "Send the body as application/json."))


def _no_route(_error: NoRouteError) -> Response[str]:
    return _response(problem_of(NotFoundError("There is nothing at this address.")))


def _failed(error: Exception) -> Response[str]:
    logger.exception("unexpected error", exc_info=error)
    return _response(internal_problem())
