"""Answers of authorizers: their policies, the identity of callers, and their time to live."""

from typing import Any

import pytest

from localstack_runtime.authorizers.answer import Grant, MalformedAnswerError
from localstack_runtime.authorizers.cache import ResultCache
from localstack_runtime.authorizers.identity import (
    RequestParts,
    identity_values,
    matches_validation,
)
from localstack_runtime.authorizers.policy import MalformedPolicyError, Verdict, evaluate

ARN = "arn:aws:execute-api:us-east-1:000000000000:api1/local/GET/v1/trips/42"
STAGE = "arn:aws:execute-api:us-east-1:000000000000:api1/local"


def statement(effect: str, *resources: str, action: Any = "execute-api:Invoke") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": list(resources)}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (policy(statement("Allow", ARN)), Verdict.ALLOW),
        (policy(statement("Allow", f"{STAGE}/*")), Verdict.ALLOW),
        (policy(statement("Allow", "*")), Verdict.ALLOW),
        (policy(statement("Allow", f"{STAGE}/GET/v1/trips/??")), Verdict.ALLOW),
        (policy(statement("Allow", f"{STAGE}/GET/v1/trips/?")), Verdict.SILENT),
        (policy(statement("Allow", f"{STAGE}/POST/*")), Verdict.SILENT),
        (policy(statement("Allow", f"{STAGE}/*"), statement("Deny", f"{STAGE}/GET/*")), Verdict.DENY),
        (policy(statement("Deny", f"{STAGE}/GET/*"), statement("Allow", f"{STAGE}/*")), Verdict.DENY),
        (policy(statement("Allow", f"{STAGE}/*"), statement("Deny", f"{STAGE}/PUT/*")), Verdict.ALLOW),
        (policy(statement("Allow", "*", action="s3:*")), Verdict.SILENT),
        (policy(statement("Allow", "*", action=["s3:Get", "EXECUTE-API:invoke"])), Verdict.ALLOW),
        (policy({"Effect": "Allow", "Action": "*", "NotResource": f"{STAGE}/POST/*"}), Verdict.ALLOW),
        (policy(), Verdict.SILENT),
        ({"Statement": statement("Allow", "*")}, Verdict.ALLOW),
    ],
)
def test_a_policy_allows_what_it_names_and_denial_wins(document: Any, verdict: Verdict) -> None:
    assert evaluate(document, ARN) is verdict


def test_dots_and_brackets_in_a_resource_are_not_patterns() -> None:
    assert evaluate(policy(statement("Allow", "a.c[1]*")), "a.c[1]/x") is Verdict.ALLOW
    assert evaluate(policy(statement("Allow", "a.c")), "abc") is Verdict.SILENT


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"Statement": "Allow"},
        policy({"Effect": "Maybe", "Action": "*", "Resource": "*"}),
        policy({"Effect": "Allow", "Action": "*"}),
        policy({**statement("Allow", "*"), "Condition": {"Bool": {"x": "true"}}}),
    ],
)
def test_a_malformed_policy_is_refused(document: Any) -> None:
    with pytest.raises(MalformedPolicyError):
        evaluate(document, ARN)


def request(**query: str) -> RequestParts:
    headers = [("authorization", "abc"), ("X-Empty", "")]
    return RequestParts(headers, query, {"identity": {"sourceIp": "127.0.0.1"}}, {"tier": "gold"})


def test_identity_sources_are_found_wherever_they_are() -> None:
    sources = [
        "method.request.header.Authorization",
        "method.request.querystring.q",
        "context.identity.sourceIp",
        "stageVariables.tier",
    ]
    assert identity_values(sources, request(q="1")) == ("abc", "1", "127.0.0.1", "gold")


def test_a_websocket_names_its_sources_by_route() -> None:
    sources = ["route.request.header.Authorization", "route.request.querystring.token"]
    assert identity_values(sources, request(token="t")) == ("abc", "t")


@pytest.mark.parametrize("source", ["method.request.querystring.q", "method.request.header.X-Empty", "nonsense"])
def test_a_source_that_finds_nothing_makes_a_request_unauthorized(source: str) -> None:
    assert identity_values(["method.request.header.Authorization", source], request()) is None


def test_a_validation_expression_must_match_the_whole_token() -> None:
    assert matches_validation("Bearer [a-z]+", "Bearer abc")
    assert not matches_validation("Bearer [a-z]+", "Bearer abc!")
    assert matches_validation(None, "anything")


def answer(**changes: Any) -> dict[str, Any]:
    return {"principalId": "p", "policyDocument": policy(statement("Allow", "*")), **changes}


def test_context_reaches_the_integration_as_strings() -> None:
    grant = Grant.parse(answer(context={"person_id": "x", "age": 7, "share": 0.5, "adult": True}))
    assert grant.authorizer_context(latency_ms=3) == {
        "principalId": "p",
        "integrationLatency": 3,
        "person_id": "x",
        "age": "7",
        "share": "0.5",
        "adult": "true",
    }


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "yes",
        answer(principalId=None),
        answer(policyDocument=None),
        answer(context={"nested": {"no": 1}}),
        answer(context=["no"]),
    ],
)
def test_an_answer_that_api_gateway_would_not_take_is_refused(malformed: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        Grant.parse(malformed)


def test_an_answer_with_a_malformed_policy_is_refused_when_it_is_used() -> None:
    with pytest.raises(MalformedAnswerError):
        Grant.parse(answer(policyDocument={"Statement": 1})).verdict(ARN)


def test_an_answer_is_remembered_for_its_time_and_no_longer() -> None:
    now = 0.0
    cache: ResultCache[str] = ResultCache(clock=lambda: now)
    cache.put("key", "answer", ttl_s=10)
    cache.put("never", "answer", ttl_s=0)
    assert (cache.get("key"), cache.get("other"), cache.get("never")) == ("answer", None, None)
    now = 10.0
    assert cache.get("key") is None


def test_a_full_cache_drops_expired_entries_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localstack_runtime.authorizers.cache.MAX_ENTRIES", 2)
    now = 0.0
    cache: ResultCache[int] = ResultCache(clock=lambda: now)
    cache.put("old", 1, ttl_s=1)
    cache.put("long", 2, ttl_s=100)
    now = 5.0
    cache.put("new", 3, ttl_s=100)
    assert (cache.get("old"), cache.get("long"), cache.get("new")) == (None, 2, 3)
