"""The firewall: what the contract allows passes, also from a carrier's one address, and floods do not."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from infra.constructs.firewall import PEOPLE_PER_ADDRESS, REQUESTS_OF_A_PERSON, SIGN_IN
from infra.constructs.throttling import REST
from local.paths import ROOT
from rideflow.kernel.limits import PER_ADDRESS, PER_PERSON, READS, WRITES
from rideflow.kernel.rest import MAX_BODY_BYTES, MAX_PROVIDER_BODY_BYTES
from rideflow.kernel.sessions import TOKEN_LIFETIME
from tests.infra.firewall import KIB, Firewall, WebRequest
from tests.infra.synthesis import Json, Synthesis

OPENAPI = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
_WINDOW_S = 300
_AWKWARD = "<script>alert(1)</script> http://10.0.0.1/x ../../etc/passwd 169.254.169.254 "
"""Free text may be this: a password, a name, a comment. Nothing of ours runs it, renders it or asks for it."""


@pytest.fixture(scope="module")
def acl(prod: Synthesis) -> Json:
    (found,) = prod.of_type("AWS::WAFv2::WebACL")
    return found.properties


@pytest.fixture
def firewall(acl: Json) -> Firewall:
    return Firewall(acl)


# What the contract allows.


def _operations() -> Iterator[tuple[str, str, Json]]:
    for path, methods in OPENAPI["paths"].items():
        for method, operation in methods.items():
            if method in {"delete", "get", "patch", "post", "put"}:
                yield method.upper(), path, operation


def _resolve(schema: Json) -> Json:
    while "$ref" in schema:
        kind, name = schema["$ref"].split("/")[-2:]
        schema = OPENAPI["components"][kind][name]
    return schema


def _largest(schema: Json) -> Any:
    """A long value of the schema. Formats and patterns are not kept: a firewall knows none."""
    schema = _resolve(schema)
    if alternatives := [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        return max((_largest(each) for each in alternatives), key=lambda value: len(json.dumps(value)))
    match schema.get("type"):
        case "object":
            return {name: _largest(each) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_largest(schema["items"])] * schema.get("maxItems", 10)
        case "string":
            if "enum" in schema:
                return max(schema["enum"], key=len)
            length = schema.get("maxLength", 40)
            return (_AWKWARD * (length // len(_AWKWARD) + 1))[:length]
        case "number" | "integer":
            return -179.12345678901234
        case "boolean":
            return False
        case "null" | None:
            return schema.get("const")
    raise AssertionError(schema)


def _request(method: str, path: str, operation: Json) -> WebRequest:
    query = []
    for told in map(_resolve, operation.get("parameters", [])):
        value = _largest(told["schema"])
        if told["in"] == "path":
            path = path.replace(f"{{{told['name']}}}", str(UUID(int=2**128 - 1)))
        elif told["in"] == "query":
            query.append(f"{told['name']}={'x' * len(str(value))}")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return WebRequest(method, f"/live{path}", "&".join(query), {}, json.dumps(_largest(body["schema"])) if body else "")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [pytest.param(*each, id=f"{each[0]} {each[1]}") for each in _operations()],
)
def test_the_largest_request_of_each_operation_passes(
    firewall: Firewall, method: str, path: str, operation: Json
) -> None:
    """Also without a `User-Agent`, of which the contract says nothing."""
    request = _request(method, path, operation)

    assert firewall.judge(request).stopped_by is None


def test_some_operation_is_larger_than_the_managed_rules_allow() -> None:
    """Otherwise the test above would show nothing."""
    bodies = [len(_request(*each).body) for each in _operations()]

    assert max(bodies) > 16 * KIB


@pytest.mark.parametrize("size", [8 * KIB + 1, MAX_BODY_BYTES, MAX_PROVIDER_BODY_BYTES])
def test_bodies_of_every_size_that_functions_read_pass(firewall: Firewall, size: int) -> None:
    assert firewall.judge(WebRequest("POST", "/live/v1/webhooks/stripe", body="x" * size)).stopped_by is None


def test_events_of_stripe_pass(firewall: Firewall) -> None:
    """They are signed, have addresses of web pages in them, and come from few hosts."""
    event = json.loads((ROOT / "events" / "payments" / "receive_stripe_webhook.json").read_text(encoding="utf-8"))
    told = {"body": event["body"], "receipt_url": "https://192.0.2.7/receipts/1", "padding": "x" * 100 * KIB}
    for second in range(60):
        request = WebRequest(
            "POST", "/live/v1/webhooks/stripe", headers={"user-agent": "Stripe/1.0"}, body=json.dumps(told),
            at_s=second, times=300, is_infamous=True,
        )  # fmt: skip
        assert firewall.judge(request).stopped_by is None


# Carriers, floods and guesses.


def _caller(number: int, at_s: float, times: int = 1, address: str = "198.51.100.1") -> WebRequest:
    headers = {"user-agent": "app", "authorization": f"Bearer {number}"}
    return WebRequest(headers=headers, address=address, at_s=at_s, times=times, is_infamous=True)


def test_the_people_behind_a_carriers_address_pass(firewall: Firewall) -> None:
    """Also if one of them gave the address a bad name."""
    in_a_second = PEOPLE_PER_ADDRESS // _WINDOW_S
    verdicts = [
        firewall.judge(_caller(second * in_a_second + number, second, REQUESTS_OF_A_PERSON)).stopped_by
        for second in range(2 * _WINDOW_S)
        for number in range(in_a_second)
    ]

    assert (PEOPLE_PER_ADDRESS, REQUESTS_OF_A_PERSON) >= (5_000, 20)
    assert set(verdicts) == {None}


def test_a_carriers_people_may_renew_their_tokens_and_sign_in() -> None:
    """As many as there are renew once in a token's lifetime; the limits are those of the functions."""
    renewals_a_minute = PEOPLE_PER_ADDRESS / (TOKEN_LIFETIME.total_seconds() / 60)
    limit = PER_ADDRESS["POST /v1/auth/refresh"]

    assert limit.burst * 60 / limit.period_s > renewals_a_minute


def test_what_the_contract_lets_an_address_do_to_sign_in_passes_and_more_is_refused(firewall: Firewall) -> None:
    """Each bucket is full at first and filled while it is emptied. The path may have its letters encoded."""
    for second in range(_WINDOW_S):
        for operation in SIGN_IN:
            if times := _let_through(operation, second):
                assert firewall.judge(_sign_in(operation, second, times=times)).stopped_by is None
    guesses = [
        firewall.judge(_sign_in(SIGN_IN[number % 3], _WINDOW_S - 0.5, "/live/v1/%61uth")).stopped_by
        for number in range(20)
    ]

    assert set(guesses[5:]) == {"SignIns"}
    assert firewall.judge(_sign_in(SIGN_IN[0], _WINDOW_S, address="203.0.113.1")).stopped_by is None
    assert firewall.judge(_sign_in(SIGN_IN[0], 3 * _WINDOW_S)).stopped_by is None


def _let_through(operation: str, second: int) -> int:
    """What the functions' bucket lets through in this second if it is asked all the time."""
    limit = PER_ADDRESS[operation]
    gained = (second + 1) * limit.burst // limit.period_s - second * limit.burst // limit.period_s
    return gained + (limit.burst if second == 0 else 0)


def _sign_in(operation: str, at_s: float, under: str = "/live/v1/auth", **told: Any) -> WebRequest:
    path = operation.partition(" /v1/auth")[2]
    return WebRequest("POST", f"{under}{path}", at_s=at_s, **told)


def test_an_address_of_bad_repute_may_not_sign_in(firewall: Firewall) -> None:
    stopped = firewall.judge(WebRequest("POST", "/v1/auth/login", is_infamous=True)).stopped_by

    assert stopped == "AWSManagedRulesAmazonIpReputationList/AWSManagedIPReputationList"


def test_one_caller_may_do_what_an_operation_lets_a_person_do_and_not_much_more(firewall: Firewall) -> None:
    """Others behind the address are not refused with them. Functions let a person do no more of one operation."""
    widest = max((READS, WRITES, *PER_PERSON.values()), key=lambda limit: limit.burst / limit.period_s)
    allowed = widest.burst + widest.burst * _WINDOW_S // widest.period_s

    assert firewall.judge(_caller(1, 0, widest.burst)).stopped_by is None
    assert firewall.judge(_caller(1, 290, allowed - widest.burst)).stopped_by is None
    assert firewall.judge(_caller(1, 290)).stopped_by == "Callers"
    assert firewall.judge(_caller(2, 290)).stopped_by is None


def test_a_flood_from_one_address_is_refused_while_it_is_a_small_part_of_the_throttle(acl: Json) -> None:
    """With a new token in each request. The answer says when to come again, in a problem document."""
    firewall = Firewall(acl)
    passed = 0
    while (verdict := firewall.judge(_caller(passed, passed / 2_000, times=1_000))).stopped_by is None:
        passed += 1_000
        assert passed <= REST.rate * _WINDOW_S / 5, "an address takes a fifth of what the stage lets through"

    assert verdict.stopped_by == "Addresses"
    assert verdict.response is not None
    body = json.loads(verdict.response["Body"]["Content"])
    assert (verdict.response["ResponseCode"], body["code"], body["status"]) == (429, "rate_limited", 429)
    assert verdict.response["ResponseHeaders"] == [{"Name": "Retry-After", "Value": str(body["retry_after_s"])}]
    assert firewall.judge(_caller(0, 0, address="203.0.113.9")).stopped_by is None


# What is no request of ours.


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (WebRequest(body="x" * 60 * KIB + "${jndi:ldap://x}"), "KnownBadInputsRuleSet/Log4JRCE_BODY"),
        (WebRequest(headers={"x": "${jndi:ldap://x}"}), "KnownBadInputsRuleSet/Log4JRCE_HEADER"),
        (WebRequest("PROPFIND"), "KnownBadInputsRuleSet/PROPFIND_METHOD"),
        (WebRequest(query="x=<script>"), "CommonRuleSet/CrossSiteScripting_QUERYARGUMENTS"),
        (WebRequest(path="/live/../../etc/passwd"), "CommonRuleSet/GenericLFI_URIPATH"),
        (WebRequest(path="/" + "x" * 2 * KIB), "CommonRuleSet/SizeRestrictions_URIPATH"),
    ],
)
def test_what_no_app_sends_is_blocked(firewall: Firewall, request_: WebRequest, rule: str) -> None:
    assert firewall.judge(request_).stopped_by == f"AWSManagedRules{rule}"


def test_the_firewall_stands_before_the_stage_that_serves(prod: Synthesis) -> None:
    (acl,) = prod.of_type("AWS::WAFv2::WebACL")
    (association,) = prod.of_type("AWS::WAFv2::WebACLAssociation")
    (stage,) = prod.of_type("AWS::ApiGateway::Stage")

    assert association.properties["WebACLArn"] == {"Fn::GetAtt": [acl.logical_id, "Arn"]}
    assert {"Ref": stage.logical_id} in association.properties["ResourceArn"]["Fn::Join"][1]


# The interpreter itself.


@pytest.mark.parametrize(
    "statement",
    [
        {"GeoMatchStatement": {"CountryCodes": ["US"]}},
        {"ByteMatchStatement": {"FieldToMatch": {"Method": {}}, "SearchString": "x", "TextTransformations": [],
                                "PositionalConstraint": "EXACTLY"}},
        {"RateBasedStatement": {"AggregateKeyType": "FORWARDED_IP", "Limit": 1, "EvaluationWindowSec": 60}},
    ],
)  # fmt: skip
def test_a_statement_that_the_interpreter_does_not_know_is_refused(acl: Json, statement: Json) -> None:
    changed = deepcopy(acl)
    changed["Rules"][0] |= {"Statement": statement, "Action": {"Block": {}}}

    with pytest.raises(AssertionError):
        Firewall(changed).judge(WebRequest())


def test_a_rule_group_that_the_interpreter_does_not_know_is_refused(acl: Json) -> None:
    changed = deepcopy(acl)
    group = {"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}
    changed["Rules"][0] |= {"Statement": {"ManagedRuleGroupStatement": group}, "OverrideAction": {"None": {}}}

    with pytest.raises(KeyError):
        Firewall(changed).judge(WebRequest())
