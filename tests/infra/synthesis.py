"""A stage's templates as data, with queries for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.assembly import build
from infra.stages import stage_of

type Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource of one stack."""

    stack: str
    logical_id: str
    type: str
    properties: Json
    body: Json


@dataclass(frozen=True)
class Route:
    """A REST method as deployed: `GET /v1/trips/{trip_id}`."""

    method: str
    path: str
    properties: Json

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_operation(self) -> bool:
        """Whether a function of ours serves it: neither the gateway, nor the HEAD of a GET."""
        return self.properties["Integration"]["Type"] == "AWS_PROXY" and self.method != "HEAD"


@dataclass(frozen=True)
class Synthesis:
    """The cloud assembly of one stage."""

    stage: str
    templates: dict[str, Json]

    @cached_property
    def resources(self) -> list[Resource]:
        return [
            Resource(stack, logical_id, body["Type"], body.get("Properties", {}), body)
            for stack, template in self.templates.items()
            for logical_id, body in template.get("Resources", {}).items()
        ]

    def of_type(self, kind: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == kind]

    @cached_property
    def functions(self) -> dict[tuple[str, str], Resource]:
        """Functions by context and operation, which the handler names."""
        return {
            tuple(function.properties["Handler"].removesuffix(".app").split(".")): function
            for function in self.of_type("AWS::Lambda::Function")
        }

    @cached_property
    def routes(self) -> list[Route]:
        parts = {part.logical_id: part.properties for part in self.of_type("AWS::ApiGateway::Resource")}

        def path(reference: Json) -> str:
            if "Ref" not in reference:
                return ""
            part = parts[reference["Ref"]]
            return f"{path(part['ParentId'])}/{part['PathPart']}"

        return [
            Route(method.properties["HttpMethod"], path(method.properties["ResourceId"]), method.properties)
            for method in self.of_type("AWS::ApiGateway::Method")
        ]

    def statements(self, stack: str, role: str) -> Iterator[Json]:
        """The statements of a role's inline policies, by the role's stack and logical id."""
        for policy in self.of_type("AWS::IAM::Policy"):
            if policy.stack == stack and {"Ref": role} in policy.properties["Roles"]:
                yield from policy.properties["PolicyDocument"]["Statement"]

    def allowed(self, context: str, operation: str) -> set[str]:
        """The actions that a function may perform."""
        function = self.functions[context, operation]
        role = function.properties["Role"]["Fn::GetAtt"][0]
        return {action for each in self.statements(function.stack, role) for action in listed(each["Action"])}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def synthesise(stage: str, folder: Path) -> Synthesis:
    """Synthesise the stage. Raises for findings of cdk-nag that are not accepted."""
    app = cdk.App(outdir=str(folder))
    build(app, stage_of({"stage": stage}.get))
    assembly = app.synth()
    return Synthesis(
        stage, {stack.stack_name: json.loads(Path(stack.template_full_path).read_text()) for stack in assembly.stacks}
    )
