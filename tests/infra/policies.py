"""A small interpreter of policies, over the policies of a stage's templates.

Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference". What it does not know it
refuses, so that no statement counts as one that does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.infra.synthesis import Json, Synthesis, listed

ACCOUNT, REGION = "111122223333", "us-east-1"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True)
class Request:
    """A principal asks for an action on a resource. `context` has the request's condition keys, in lower case."""

    principal: tuple[str, str]
    """As ("Service", "cloudwatch.amazonaws.com") or ("AWS", the ARN of a role or an account's root)."""
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allows(policies: Iterable[Json], request: Request) -> bool:
    """Whether a statement of the policies allows the request and none denies it."""
    matching = [
        statement["Effect"]
        for policy in policies
        for statement in listed(policy["Statement"])
        if _matches(statement, request)
    ]
    assert set(matching) <= {"Allow", "Deny"}
    return "Allow" in matching and "Deny" not in matching


def resolved(value: Any, stack: str, synthesis: Synthesis) -> Any:
    """The value with each reference replaced by a text: the same for the same resource, wherever it is named."""
    if isinstance(value, list):
        return [resolved(each, stack, synthesis) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) in {"Ref", *_FUNCTIONS}:
        return _called(name, value[name], stack, synthesis)
    assert not any(key.startswith("Fn::") for key in value), f"unknown function in {value}"
    return {key: resolved(each, stack, synthesis) for key, each in value.items()}


_FUNCTIONS = ("Fn::GetAtt", "Fn::ImportValue", "Fn::Join", "Fn::Select", "Fn::Sub")


def _called(function: str, told: Any, stack: str, synthesis: Synthesis) -> str:
    match function, told:
        case "Ref", str(name):
            return _PSEUDO.get(name) or named(stack, name)
        case "Fn::GetAtt", [str(name), "Arn" | "TopicArn" | "QueueArn"]:
            return named(stack, name)
        case "Fn::GetAtt", [str(name), str(attribute)]:
            return f"{named(stack, name)}.{attribute}"
        case "Fn::ImportValue", str(exported):
            return str(_exported(exported, synthesis))
        case "Fn::Join", [str(between), list(parts)]:
            return between.join(resolved(part, stack, synthesis) for part in parts)
        case "Fn::Select", [int(number), {"Fn::Split": [str(between), whole]}]:
            text = str(resolved(whole, stack, synthesis))
            return f"{text}[{number}]" if text.startswith("resource:") else text.split(between)[number]
        case "Fn::Sub", str(text):
            return re.sub(r"\$\{([^}]+)\}", lambda found: resolved({"Ref": found[1]}, stack, synthesis), text)
    raise AssertionError(f"unknown use of {function}: {told}")


def named(stack: str, logical_id: str) -> str:
    """The text that stands for a resource of a template."""
    return f"resource:{stack}/{logical_id}"


def _exported(name: str, synthesis: Synthesis) -> Any:
    for stack, template in synthesis.templates.items():
        for output in template.get("Outputs", {}).values():
            if output.get("Export", {}).get("Name") == name:
                return resolved(output["Value"], stack, synthesis)
    raise KeyError(name)


def _matches(statement: Json, request: Request) -> bool:
    known = {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    assert statement.keys() <= known, statement
    assert "NotPrincipal" not in statement
    return (
        ("Principal" not in statement or _is_principal(statement["Principal"], request.principal))
        and _is_action(statement, request.action)
        and _is_resource(statement, request.resource)
        and all(
            _holds(operator, key.lower(), listed(values), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _is_principal(told: Any, principal: tuple[str, str]) -> bool:
    if told == "*":
        return True
    kind, who = principal
    names = [str(each) for each in listed(told.get(kind, []))]
    root = f"arn:aws:iam::{ACCOUNT}:root"
    return who in names or "*" in names or (kind == "AWS" and who != root and root in names)


def _is_action(statement: Json, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_like(action.lower(), each.lower()) for each in listed(statement["NotAction"]))
    return any(_like(action.lower(), each.lower()) for each in listed(statement["Action"]))


def _is_resource(statement: Json, resource: str) -> bool:
    if "NotResource" in statement:
        return not any(_like(resource, each) for each in listed(statement["NotResource"]))
    return any(_like(resource, each) for each in listed(statement["Resource"]))


def _holds(operator: str, key: str, values: list[Any], context: Mapping[str, str]) -> bool:
    """A condition on a key that the request does not have fails, unless its operator ends in IfExists."""
    plain = operator.removesuffix("IfExists")
    if key not in context:
        return plain != operator or plain in {"StringNotEquals", "StringNotLike", "ArnNotLike"}
    found = context[key]
    match plain:
        case "StringEquals" | "ArnEquals":
            return found in map(str, values)
        case "StringNotEquals":
            return found not in map(str, values)
        case "StringLike" | "ArnLike":
            return any(_like(found, str(each)) for each in values)
        case "StringNotLike" | "ArnNotLike":
            return not any(_like(found, str(each)) for each in values)
        case "Bool":
            return found.lower() in {str(each).lower() for each in values}
    raise AssertionError(f"unknown operator of a condition: {operator}")


def _like(text: str, pattern: str) -> bool:
    """IAM's wildcards are `*` and `?`; brackets have no meaning."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))
