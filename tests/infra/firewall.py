"""A small interpreter of AWS WAF's web ACLs.

Source: AWS WAF Developer Guide, "Rule statements", "Rate-based rule statement" and "Baseline rule groups". AWS tells
what a managed rule looks for and not by which patterns; the patterns here match the examples that it gives. Statements,
fields and rule groups that it does not know are refused, so that none counts as one that stops nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.infra.synthesis import Json

KIB = 1024
_INSPECTED_BY_DEFAULT = 16 * KIB
"""Of a body, for API Gateway."""


@dataclass(frozen=True)
class WebRequest:
    """What the firewall sees of a request, which comes `times` times at once at `at_s`.

    `is_infamous`: AWS lists the address.
    """

    method: str = "GET"
    path: str = "/live/v1/trips"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: {"user-agent": "app"})
    body: str = ""
    address: str = "192.0.2.1"
    at_s: float = 0
    times: int = 1
    is_infamous: bool = False


@dataclass(frozen=True)
class Verdict:
    """The rule that stopped the request (None: it passes), and the answer that the rule has of its own."""

    stopped_by: str | None = None
    response: Json | None = None


_PASSES = Verdict()
type _Rule = Callable[[WebRequest, str], bool]
"""Whether a managed rule matches, by the request and the inspected part of its body."""

_XSS = re.compile(r"<script|javascript:|onerror\s*=", re.IGNORECASE)
_RFI = re.compile(r"(https?|ftp|file)://\d{1,3}(\.\d{1,3}){3}", re.IGNORECASE)
_LFI = re.compile(r"\.\./\.\./|/etc/passwd", re.IGNORECASE)
_SSRF = re.compile(r"169\.254\.169\.254")
_LOG4J = re.compile(r"\$\{jndi:", re.IGNORECASE)
_JAVA = re.compile(r"\(java\.lang\.Runtime\)\.getRuntime\(\)\.exec")

_GROUPS: dict[str, dict[str, _Rule]] = {
    "AWSManagedRulesCommonRuleSet": {
        "NoUserAgent_HEADER": lambda request, _: not request.headers.get("user-agent"),
        "UserAgent_BadBots_HEADER": lambda request, _: "nessus" in request.headers.get("user-agent", ""),
        "SizeRestrictions_QUERYSTRING": lambda request, _: len(request.query) > 2 * KIB,
        "SizeRestrictions_Cookie_HEADER": lambda request, _: len(request.headers.get("cookie", "")) > 10 * KIB,
        "SizeRestrictions_BODY": lambda request, _: len(request.body.encode()) > 8 * KIB,
        "SizeRestrictions_URIPATH": lambda request, _: len(request.path) > KIB,
        "EC2MetaDataSSRF_BODY": lambda _, body: bool(_SSRF.search(body)),
        "EC2MetaDataSSRF_QUERYARGUMENTS": lambda request, _: bool(_SSRF.search(request.query)),
        "GenericLFI_BODY": lambda _, body: bool(_LFI.search(body)),
        "GenericLFI_QUERYARGUMENTS": lambda request, _: bool(_LFI.search(unquote(request.query))),
        "GenericLFI_URIPATH": lambda request, _: bool(_LFI.search(unquote(request.path))),
        "GenericRFI_BODY": lambda _, body: bool(_RFI.search(body)),
        "GenericRFI_QUERYARGUMENTS": lambda request, _: bool(_RFI.search(unquote(request.query))),
        "CrossSiteScripting_BODY": lambda _, body: bool(_XSS.search(body)),
        "CrossSiteScripting_QUERYARGUMENTS": lambda request, _: bool(_XSS.search(unquote(request.query))),
    },
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "Log4JRCE_BODY": lambda _, body: bool(_LOG4J.search(body)),
        "Log4JRCE_HEADER": lambda request, _: any(_LOG4J.search(value) for value in request.headers.values()),
        "JavaDeserializationRCE_BODY": lambda _, body: bool(_JAVA.search(body)),
        "PROPFIND_METHOD": lambda request, _: request.method == "PROPFIND",
    },
    "AWSManagedRulesAmazonIpReputationList": {
        "AWSManagedIPReputationList": lambda request, _: request.is_infamous,
    },
}


class Firewall:
    """A web ACL with the counts of its rate-based rules."""

    def __init__(self, acl: Json) -> None:
        assert acl["DefaultAction"] == {"Allow": {}}
        self._acl = acl
        self._rules = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
        self._seen: dict[tuple[str, ...], _Window] = defaultdict(_Window)

    def judge(self, request: WebRequest) -> Verdict:
        for rule in self._rules:
            if stopped_by := self._stops(rule, request):
                return Verdict(stopped_by, self._response(rule))
        return _PASSES

    def _stops(self, rule: Json, request: WebRequest) -> str | None:
        """The name of the rule if it matches and blocks; a rule of a managed group after the group's name."""
        ((kind, statement),) = rule["Statement"].items()
        if kind == "ManagedRuleGroupStatement":
            found = self._managed(statement, request)
            override = rule["OverrideAction"]
            assert override in ({"None": {}}, {"Count": {}}), override
            return f"{statement['Name']}/{found}" if found and override == {"None": {}} else None
        if kind == "RateBasedStatement":
            matches = self._is_over(rule["Name"], statement, request)
        else:
            matches = _matches(rule["Statement"], request)
        (action,) = rule["Action"]
        assert action in {"Allow", "Block", "Count"}, action
        assert action != "Allow", "a rule that lets pass what later rules would stop"
        return rule["Name"] if matches and action == "Block" else None

    def _response(self, rule: Json) -> Json | None:
        told = rule.get("Action", {}).get("Block", {}).get("CustomResponse")
        if told is None:
            return None
        body = self._acl["CustomResponseBodies"][told["CustomResponseBodyKey"]]
        return {**told, "Body": body}

    def _managed(self, statement: Json, request: WebRequest) -> str | None:
        assert statement["VendorName"] == "AWS"
        known = {"VendorName", "Name", "RuleActionOverrides", "ScopeDownStatement"}
        assert statement.keys() <= known, statement
        rules = _GROUPS[statement["Name"]]
        overridden = {each["Name"]: each["ActionToUse"] for each in statement.get("RuleActionOverrides", [])}
        assert set(overridden) <= set(rules), "a rule of this name is not known"
        if (scope := statement.get("ScopeDownStatement")) and not _matches(scope, request):
            return None
        body = request.body[: self._inspected()]
        for name, matches in rules.items():
            if matches(request, body) and overridden.get(name) != {"Count": {}}:
                return name
        return None

    def _inspected(self) -> int:
        told = self._acl.get("AssociationConfig", {}).get("RequestBody", {}).get("API_GATEWAY")
        return int(told["DefaultSizeInspectionLimit"].removeprefix("KB_")) * KIB if told else _INSPECTED_BY_DEFAULT

    def _is_over(self, name: str, statement: Json, request: WebRequest) -> bool:
        """Whether the requests of the last window, this one among them, are more than the limit."""
        if (scope := statement.get("ScopeDownStatement")) and not _matches(scope, request):
            return False
        key = _aggregate(statement, request)
        if key is None:
            return False
        seen = self._seen[name, *key].add(request, int(statement["EvaluationWindowSec"]))
        return seen > int(statement["Limit"])


class _Window:
    """The requests of the last seconds that are counted together."""

    def __init__(self) -> None:
        self._seen: deque[WebRequest] = deque()
        self._count = 0

    def add(self, request: WebRequest, seconds: int) -> int:
        """The number of requests, this one among them."""
        self._seen.append(request)
        self._count += request.times
        while self._seen[0].at_s <= request.at_s - seconds:
            self._count -= self._seen.popleft().times
        return self._count


def _aggregate(statement: Json, request: WebRequest) -> tuple[str, ...] | None:
    """What requests are counted by; None if the request lacks a part of it: it is not counted then."""
    known = {"AggregateKeyType", "CustomKeys", "EvaluationWindowSec", "Limit", "ScopeDownStatement"}
    assert statement.keys() <= known, statement
    match statement["AggregateKeyType"]:
        case "IP":
            return (request.address,)
        case "CUSTOM_KEYS":
            parts = [_part(key, request) for key in statement["CustomKeys"]]
            return None if None in parts else tuple(str(part) for part in parts)
    raise AssertionError(statement["AggregateKeyType"])


def _part(key: Json, request: WebRequest) -> str | None:
    match key:
        case {"IP": _}:
            return request.address
        case {"Header": {"Name": name, "TextTransformations": [{"Type": "NONE"}]}}:
            return request.headers.get(name.lower())
    raise AssertionError(f"unknown key: {key}")


def _matches(statement: Json, request: WebRequest) -> bool:
    match statement:
        case {"OrStatement": {"Statements": parts}}:
            return any(_matches(part, request) for part in parts)
        case {"AndStatement": {"Statements": parts}}:
            return all(_matches(part, request) for part in parts)
        case {"NotStatement": {"Statement": part}}:
            return not _matches(part, request)
        case {"ByteMatchStatement": told}:
            return _is_found(told, request)
    raise AssertionError(f"unknown statement: {statement}")


def _is_found(told: Json, request: WebRequest) -> bool:
    match told["FieldToMatch"]:
        case {"UriPath": _}:
            text = request.path
        case {"SingleHeader": {"Name": name}}:
            text = request.headers.get(name.lower(), "")
        case other:
            raise AssertionError(f"unknown field: {other}")
    for transformation in sorted(told["TextTransformations"], key=lambda each: each["Priority"]):
        text = _TRANSFORMATIONS[transformation["Type"]](text)
    return _POSITIONS[told["PositionalConstraint"]](text, told["SearchString"])


_TRANSFORMATIONS: dict[str, Callable[[str], str]] = {"NONE": str, "LOWERCASE": str.lower, "URL_DECODE": unquote}
_POSITIONS: dict[str, Callable[[str, str], bool]] = {
    "CONTAINS": lambda text, part: part in text,
    "EXACTLY": lambda text, part: text == part,
    "STARTS_WITH": str.startswith,
    "ENDS_WITH": str.endswith,
}
