"""Policies of a stage's templates, with all references resolved, as an interpreter of policies reads them."""

from __future__ import annotations

import re
from typing import Any

from tests.infra.synthesis import Synthesis

ACCOUNT, REGION = "111122223333", "us-east-1"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


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
