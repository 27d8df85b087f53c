"""Errors of a REST API after its gateway responses are applied."""

import json

from localstack_runtime.gateway_responses import Variables, render_body, render_headers

VARIABLES = Variables(
    context={
        "requestId": "r-1",
        "error": {"message": 'no "way"', "messageString": 'no "way"', "responseType": "UNAUTHORIZED"},
        "authorizer": {"person_id": "p"},
    },
    stage_variables={"tier": "gold"},
    headers={"X-Trace": "t"},
    query={"q": "1"},
)


def test_without_a_template_the_answer_is_aws_own() -> None:
    body, content_type = render_body({}, "", VARIABLES)
    assert json.loads(body) == {"message": 'no "way"'}
    assert content_type == "application/json"


def test_the_quoted_message_stays_json_and_the_plain_one_is_text() -> None:
    template = '{"detail":$context.error.messageString,"id":"$context.requestId","type":"$context.error.responseType"}'
    body, _ = render_body({"application/json": template}, "", VARIABLES)
    assert json.loads(body) == {"detail": 'no "way"', "id": "r-1", "type": "UNAUTHORIZED"}


def test_a_missing_message_is_null() -> None:
    assert render_body({}, "", Variables(context={}))[0] == '{"message":null}'


def test_the_template_of_an_accepted_type_is_taken_before_the_json_one() -> None:
    templates = {"application/json": "json", "application/problem+json": "problem", "text/plain": "text"}
    assert render_body(templates, "text/plain;q=0.5, application/problem+json", VARIABLES) == ("text", "text/plain")
    assert render_body(templates, "*/*", VARIABLES) == ("json", "application/json")


def test_a_single_template_of_another_type_is_taken_whatever_is_accepted() -> None:
    assert render_body({"application/problem+json": "x"}, "*/*", VARIABLES) == ("x", "application/problem+json")


def test_every_kind_of_variable_is_filled_in_and_unknown_ones_are_empty() -> None:
    template = (
        "$context.authorizer.person_id $stageVariables.tier $method.request.header.x-trace "
        "$method.request.querystring.q [$context.nothing.there]"
    )
    assert render_body({"application/json": template}, "", VARIABLES)[0] == "p gold t 1 []"


def test_headers_come_from_quoted_text_and_from_variables() -> None:
    parameters = {
        "gatewayresponse.header.WWW-Authenticate": "'Bearer'",
        "gatewayresponse.header.X-Request": "context.requestId",
        "gatewayresponse.header.X-Trace": "method.request.header.X-Trace",
    }
    assert render_headers(parameters, VARIABLES) == {"WWW-Authenticate": "Bearer", "X-Request": "r-1", "X-Trace": "t"}
