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
    operation: Json
    """The operation of the API's document."""

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def integration(self) -> Json:
        found: Json = self.operation["x-amazon-apigateway-integration"]
        return found

    @property
    def is_operation(self) -> bool:
        """Whether a function of ours serves it: neither the gateway, nor the HEAD of a GET."""
        return self.integration["type"] == "aws_proxy" and self.method != "HEAD"

    @property
    def authorizers(self) -> list[str]:
        """The security schemes that a request has to satisfy: none for a public route."""
        return [name for requirement in self.operation.get("security", []) for name in requirement]


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

    @property
    def paths(self) -> Resource:
        """The bucket of driven paths."""
        (found,) = (each for each in self.of_type("AWS::S3::Bucket") if each.stack.endswith("-data"))
        return found

    @cached_property
    def functions(self) -> dict[tuple[str, str], Resource]:
        """Functions by context and operation, which the handler names."""
        return {
            tuple(function.properties["Handler"].removesuffix(".app").split(".")): function
            for function in self.of_type("AWS::Lambda::Function")
        }

    @property
    def rest_document(self) -> Json:
        """The OpenAPI document that API Gateway imports as the REST API, with the shared texts in their places."""
        (api,) = self.of_type("AWS::ApiGateway::RestApi")
        found: Json = _without_lookups(api.properties["Body"], self.templates[api.stack]["Mappings"])
        return found

    def behind(self, stack: str, reference: Any) -> Resource:
        """The function of the alias that a resource of the stack refers to. Fails if it refers to no alias."""
        text = json.dumps(reference)
        aliases = {each.logical_id: each for each in self.of_type("AWS::Lambda::Alias") if each.stack == stack}
        (alias,) = (each for name, each in aliases.items() if json.dumps({"Ref": name}) in text)
        function = alias.properties["FunctionName"]["Ref"]
        return next(each for each in self.functions.values() if (each.stack, each.logical_id) == (stack, function))

    @cached_property
    def routes(self) -> list[Route]:
        methods = {"x-amazon-apigateway-any-method": "ANY"}
        return [
            Route(methods.get(method) or method.upper(), path, operation)
            for path, operations in self.rest_document["paths"].items()
            for method, operation in operations.items()
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


def _without_lookups(value: Any, mappings: Json) -> Any:
    """The value with the texts that `Fn::FindInMap` finds, also within `Fn::Join`."""
    if isinstance(value, list):
        return [_without_lookups(each, mappings) for each in value]
    if not isinstance(value, dict):
        return value
    if keys := value.get("Fn::FindInMap"):
        first, second, third = keys
        return mappings[first][second][third]
    found = {key: _without_lookups(each, mappings) for key, each in value.items()}
    joined = found.get("Fn::Join")
    if joined and all(isinstance(part, str) for part in joined[1]):
        return joined[0].join(joined[1])
    return found


def synthesise(stage: str, folder: Path) -> Synthesis:
    """Synthesise the stage. Raises for findings of cdk-nag that are not accepted."""
    app = cdk.App(outdir=str(folder))
    build(app, stage_of({"stage": stage}.get))
    assembly = app.synth()
    return Synthesis(
        stage, {stack.stack_name: json.loads(Path(stack.template_full_path).read_text()) for stack in assembly.stacks}
    )
