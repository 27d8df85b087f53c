"""An interpreter of IAM policies.

Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference". It raises for what it
does not know, so that no statement counts as one that does nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from functools import lru_cache
from typing import Any

type Statement = Mapping[str, Any]

ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
KEYS = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "events:source",
    "kms:calleraccount",
    "kms:viaservice",
    "lambda:sourcefunctionarn",
}
"""Condition keys, in lower case. A request has each of them here wherever it has it on AWS."""

FOR_ALL_VALUES = "ForAllValues:"
"""Begins operators that compare each value of a key that may have several."""

KEPT_DOCUMENTS = 4_096
KEPT_PATTERNS = 16_384


class UnknownElementError(Exception):
    """A statement has an element, an operator or a condition key that this interpreter does not know."""


class Effect(Enum):
    """What a statement does that matches a request."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True)
class Request:
    """A principal asks for an action on a resource. `context` has the request's condition keys, in lower case."""

    principal: tuple[str, str]
    """As ("Service", "cloudwatch.amazonaws.com") or ("AWS", the ARN of a role or an account's root)."""
    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """A tuple has the values of a key that may have several."""


@dataclass(frozen=True)
class Match:
    """A statement that matches a request."""

    effect: Effect
    delegated: bool
    """Whether it names the principal's account alone: its allowance then waits for one in an identity policy."""


def allows(policies: Iterable[Statement], request: Request) -> bool:
    """Whether a statement of the policies allows the request and none denies it. Raises `UnknownElementError`."""
    effects = {match.effect for match in matches(policies, request)}
    return Effect.ALLOW in effects and Effect.DENY not in effects


def matches(policies: Iterable[Statement], request: Request) -> Iterator[Match]:
    """The policies' statements that match the request. Raises `UnknownElementError`."""
    for policy in policies:
        for statement in listed(policy["Statement"]):
            if match := _match(statement, request):
                yield match


def _match(statement: Statement, request: Request) -> Match | None:
    if unknown := statement.keys() - ELEMENTS:
        raise UnknownElementError(f"the element {', '.join(sorted(unknown))}")
    named = _named(statement.get("Principal", "*"), request.principal)
    if named is None or not (_is_action(statement, request.action) and _is_resource(statement, request.resource)):
        return None
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if not _holds(operator, key.lower(), [_text(value) for value in listed(values)], request.context):
                return None
    return Match(Effect(statement["Effect"]), delegated=named == "account")


def _named(told: Any, principal: tuple[str, str]) -> str | None:
    """How a statement names the principal: itself, or its account. `{"AWS": "*"}` is everybody, as `*` is."""
    kind, who = principal
    names = [told] if isinstance(told, str) else listed(told.get(kind, []))
    if who in names or "*" in names or (isinstance(told, dict) and "*" in listed(told.get("AWS", []))):
        return "itself"
    account = _account_of(who) if kind == "AWS" else None
    return "account" if account and {account, f"arn:aws:iam::{account}:root"} & set(names) else None


def _account_of(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[5] != "root" else None


def _is_action(statement: Statement, action: str) -> bool:
    """Actions are compared without regard to case."""
    actions = statement.get("NotAction", statement.get("Action", ()))
    found = any(_like(action.lower(), each.lower()) for each in listed(actions))
    return found != ("NotAction" in statement)


def _is_resource(statement: Statement, resource: str) -> bool:
    """A trust policy names no resource: it belongs to the role."""
    resources = statement.get("NotResource", statement.get("Resource", "*"))
    found = any(_like(resource, each) for each in listed(resources))
    return found != ("NotResource" in statement)


def _holds(operator: str, key: str, values: list[str], context: Mapping[str, str | tuple[str, ...]]) -> bool:
    """A condition on a key that the request lacks fails, unless it is negated or its operator ends in IfExists.

    An operator that begins with ForAllValues holds for a key without values; `Null` tells whether it has any.
    """
    of_each = operator.removeprefix(FOR_ALL_VALUES)
    plain = of_each.removesuffix("IfExists")
    negated = plain in {"StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"}
    if (
        not negated
        and plain not in {"StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"}
        and operator != "Null"
    ):
        raise UnknownElementError(f"the condition operator {operator}")
    if key not in KEYS:
        raise UnknownElementError(f"the condition key {key}")
    found = context.get(key, ())
    if operator == "Null":
        return any(value.lower() == str(found == ()).lower() for value in values)
    if of_each != operator:
        of_key = (found,) if isinstance(found, str) else found
        return all(_is_one_of(plain, each, values, negated) for each in of_key)
    if found == ():
        return negated or plain != operator
    if not isinstance(found, str):
        raise UnknownElementError(f"the condition operator {operator} on {key}, which has several values")
    return _is_one_of(plain, found, values, negated)


def _is_one_of(operator: str, found: str, values: list[str], negated: bool) -> bool:
    return any(_fits(operator.replace("Not", ""), found, value) for value in values) != negated


def _fits(operator: str, found: str, value: str) -> bool:
    match operator:
        case "StringEquals":
            return found == value
        case "StringLike":
            return _like(found, value)
        case "Bool":
            return found.lower() == value.lower()
    return _like_arn(found, value)


def _like_arn(found: str, pattern: str) -> bool:
    """ArnEquals and ArnLike are the same: each of an ARN's six parts is compared by itself."""
    parts, patterns = found.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(_like, parts, patterns))


def _like(text: str, pattern: str) -> bool:
    return bool(_compiled(pattern).fullmatch(text))


@lru_cache(KEPT_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards are `*` and `?`; brackets have no meaning."""
    if "${" in pattern:
        raise UnknownElementError(f"the policy variable in {pattern}")
    return re.compile(translate(pattern.replace("[", "[[]")))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(value: Any) -> list[Any]:
    """An element of a document as a list: where it has one value, the list may be left out."""
    return value if isinstance(value, list) else [value]
