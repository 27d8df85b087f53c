"""The entry point of REST operations: Powertools' resolver with our errors, limits and logs.

A handler file is

    app = rest_api()

    @app.post("/v1/things", status_code=201)
    def create_thing(request: CreateThing, owner: Annotated[Caller, Depends(permitted("thing:create"))]) -> ThingView:
        return things().create(owner.id, request)

and its Lambda handler is `app`. A GET also answers HEAD.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header
from pydantic import ValidationError
from pydantic_core import PydanticKnownError

from rideflow.kernel.errors import DomainError, NotFoundError
from rideflow.kernel.http_request import check_address, check_media_type, with_query_in_lower_case
from rideflow.kernel.json_text import json_text
from rideflow.kernel.limiting import rate_limited
from rideflow.kernel.observability import logger, start_invocation
from rideflow.kernel.problems import internal_problem, problem_of, problem_of_validation
from rideflow.kernel.response_headers import problem_headers, with_response_headers
from rideflow.kernel.strict_json import check_number, read_json, text_of
from rideflow.kernel.versions import Deprecation, check_app_version

MAX_BODY_BYTES = 64 * 1024
"""The greatest body from an app. API Gateway itself allows 10 MB."""

_READ_NO_BODY = frozenset({"GET", "DELETE"})
"""Methods whose body has no meaning (RFC 9110, section 9.3.1) and is not read."""

MAX_PROVIDER_BODY_BYTES = 1024 * 1024
"""The greatest body of a webhook: a provider repeats it until it is accepted."""

IdempotencyHeader = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="A value unique to this request, such as a UUID: a repeat creates nothing and is answered alike.",
    ),
]


class RestApi(APIGatewayRestResolver):
    """A resolver that responds to every error with a problem document."""

    def __init__(self, max_body_bytes: int, deprecation: Deprecation | None = None) -> None:
        super().__init__(enable_validation=True, serializer=json_text)
        self._max_body_bytes = max_body_bytes
        self._deprecation = deprecation
        self._request_validation_middleware = _Validation()  # type: ignore[no-untyped-call]
        self.exception_handler(DomainError)(_refused)
        self.exception_handler(RequestValidationError)(_invalid)
        self.exception_handler(NoRouteError)(_no_route)
        self.exception_handler(Exception)(_failed)

    def route(self, *args: Any, **options: Any) -> Any:
        """Register an operation. Its annotations are compiled here; Powertools would compile them at every request."""
        register = super().route(*args, **options)

        def registered(operation: Callable[..., Any]) -> Callable[..., Any]:
            operation.__annotations__ = get_type_hints(operation, include_extras=True)
            registered_one = register(operation)
            for route in (*self._static_routes, *self._dynamic_routes):
                route.deprecated = route.deprecated or self._deprecation is not None
            return registered_one

        return registered

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        start_invocation(event["requestContext"].get("requestId", ""))
        request = with_query_in_lower_case(event)
        request = {**request, "httpMethod": "GET"} if event["httpMethod"] == "HEAD" else request
        response = rate_limited(request, lambda: self._respond(request, context))
        if self._deprecation is not None:
            headers = {**response["multiValueHeaders"], **self._deprecation.headers()}
            response = {**response, "multiValueHeaders": headers}
        return with_response_headers(response, event)

    def _respond(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            _check(event, self._max_body_bytes)
        except DomainError as refusal:
            return _proxy_response(problem_of(refusal))
        return super().resolve(event, context)


def rest_api(max_body_bytes: int = MAX_BODY_BYTES, deprecation: Deprecation | None = None) -> RestApi:
    """The resolver of one operation, which reads bodies of up to `max_body_bytes`.

    A `deprecation` is told in every response and in the contract.
    """
    return RestApi(max_body_bytes, deprecation)


def _check(event: Any, max_body_bytes: int) -> None:
    """Raises the errors that refuse a request before its operation is resolved."""
    check_app_version(event)
    check_address(event)
    if event["httpMethod"] not in _READ_NO_BODY:
        text_of(event, max_body_bytes)


class _Validation(OpenAPIRequestValidationMiddleware):
    """Powertools' validation, with bodies read by `read_json`, and numbers of a query in JSON's syntax.

    Powertools parses JSON and then validates Python objects. In lax mode that accepts `"37.77"` as a number; in strict
    mode it refuses a text as a UUID.
    """

    def handler(self, app: Any, next_middleware: Any) -> Any:
        sent = app.current_event.raw_event.get("multiValueQueryStringParameters")
        for field in app.context["_route"].dependant.query_params if sent else ():
            for text in sent.get(field.alias, ()):
                try:
                    check_number(text, field.type_)
                except PydanticKnownError as error:
                    found = {"type": error.type, "loc": ("query", field.alias), "msg": error.message(), "input": text}
                    raise RequestValidationError([found]) from error
        return super().handler(app, next_middleware)

    def _get_body(self, app: Any) -> Any:
        """The validated body, which Powertools passes on unchanged; None if there is none."""
        event, text = app.current_event.raw_event, app.current_event.body
        if not text:
            return None
        check_media_type(event)
        (field,) = app.context["_route"].dependant.body_params
        try:
            return read_json(text, field._type_adapter.validate_json)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from error


def _response(document: dict[str, Any]) -> Response[str]:
    return Response(status_code=document["status"], headers=problem_headers(document), body=json.dumps(document))


def _proxy_response(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": document["status"],
        "multiValueHeaders": {name: [value] for name, value in problem_headers(document).items()},
        "body": json.dumps(document),
        "isBase64Encoded": False,
    }


def _refused(error: DomainError) -> Response[str]:
    return _response(problem_of(error))


def _invalid(error: RequestValidationError) -> Response[str]:
    found = error.errors()
    if any(each["loc"][0] == "response" for each in found):  # what we wanted to answer, not what was sent
        return _failed(error)
    return _response(problem_of_validation(found))


def _no_route(_error: NoRouteError) -> Response[str]:
    return _response(problem_of(NotFoundError("There is nothing at this address.")))


def _failed(error: Exception) -> Response[str]:
    logger.exception("unexpected error", exc_info=error)
    return _response(internal_problem())
