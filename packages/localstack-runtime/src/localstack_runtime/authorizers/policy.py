"""Evaluates the policy that a Lambda authorizer returns.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

INVOKE = "execute-api:Invoke"


class Verdict(Enum):
    """A policy's verdict on one resource. Explicit denial wins over permission; without either, access is denied."""

    ALLOW = "allow"
    DENY = "explicit deny"
    SILENT = "no statement applies"


class MalformedPolicyError(Exception):
    """API Gateway would not accept the document as a policy."""


def evaluate(document: Any, resource: str, action: str = INVOKE) -> Verdict:
    """The policy's verdict on an action on a resource. Raises `MalformedPolicyError`."""
    verdict = Verdict.SILENT
    for statement in _statements(document):
        effect = statement.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise MalformedPolicyError(f"Effect is {effect!r}")
        if not _applies(statement, resource, action):
            continue
        if effect == "Deny":
            return Verdict.DENY
        verdict = Verdict.ALLOW
    return verdict


def _statements(document: Any) -> list[Mapping[str, Any]]:
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(each, Mapping) for each in statements):
        raise MalformedPolicyError("no Statement")
    return statements


def _applies(statement: Mapping[str, Any], resource: str, action: str) -> bool:
    if "Condition" in statement:
        raise MalformedPolicyError("a Condition cannot be evaluated here")
    return _mentions(statement, "Action", action) and _mentions(statement, "Resource", resource)


def _mentions(statement: Mapping[str, Any], element: str, value: str) -> bool:
    inverted = f"Not{element}" in statement
    patterns = statement.get(f"Not{element}" if inverted else element)
    if isinstance(patterns, str):
        patterns = [patterns]
    if not isinstance(patterns, list) or not patterns:
        raise MalformedPolicyError(f"no {element}")
    matched = any(_pattern(str(pattern), ignore_case=element == "Action").fullmatch(value) for pattern in patterns)
    return matched is not inverted


@lru_cache(maxsize=1024)
def _pattern(text: str, *, ignore_case: bool) -> re.Pattern[str]:
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)
