"""A saga: a Step Functions state machine whose definition is a file of `infra/workflows/`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.logs import retention
from infra.constructs.nag import accept
from infra.constructs.naming import RELEASES, resource_name, unqualified_arn
from infra.stages import Stage

_WORKFLOWS = Path(__file__).resolve().parent.parent / "workflows"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class SubstitutionError(ValueError):
    """The definition's placeholders differ from those that are given."""


class Workflow(Construct):
    """Standard type: a saga waits for minutes, and each of its steps must be on record.

    Step Functions keeps the record of each execution for 90 days; only errors are logged as well.

    `steps` are the operations of each context that the definition calls, by placeholders such as
    `${MeasurePathFunctionArn}` for `measure_path`. The definition adds the execution's release: the state machine may
    invoke the releases' aliases of these functions and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        steps: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__(scope, name)
        self.name = resource_name(stage.name, name)
        definition = minified(_WORKFLOWS / f"{name}.asl.json")
        stack = cdk.Stack.of(self)
        arns = {
            placeholder(operation): unqualified_arn(stack, stage.name, context, operation)
            for context, operations in steps.items()
            for operation in operations
        }
        _check(name, definition, arns)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        self._allow(arns.values())
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=self.name,
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions=arns,
            role=self.role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=self._log_group(stage), level=sfn.LogLevel.ERROR, include_execution_data=False
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        accept(self.machine, "AwsSolutions-SF1", "Step Functions itself keeps each execution's record for 90 days.")
        accept(
            self.role,
            "AwsSolutions-IAM5",
            "X-Ray's writes and CloudWatch's delivery of a state machine's logs know no resource-level permission.",
            "Resource::*",
        )

    def _allow(self, functions: Iterable[str]) -> None:
        releases = [f"{arn}:{RELEASES}*" for arn in functions]
        self.role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=releases))
        account = "arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function"
        accept(
            self.role,
            "AwsSolutions-IAM5",
            "An execution ends with the release it began with, and releases are named when they are made.",
            *(f"Resource::{account}{arn.rpartition(':function')[2]}" for arn in releases),
        )

    def _log_group(self, stage: Stage) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{self.name}",
            retention=retention(stage.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )


def placeholder(operation: str) -> str:
    """`measure_path` is `${MeasurePathFunctionArn}` in a definition."""
    return "".join(word.capitalize() for word in operation.split("_")) + "FunctionArn"


def minified(path: Path) -> str:
    """The definition without white space: it is part of the template, whose size is limited."""
    return json.dumps(json.loads(path.read_text(encoding="utf-8")), separators=(",", ":"))


def _check(name: str, definition: str, substitutions: Mapping[str, str]) -> None:
    expected, given = set(_PLACEHOLDER.findall(definition)), set(substitutions)
    if expected != given:
        raise SubstitutionError(f"{name}: missing {sorted(expected - given)}, unknown {sorted(given - expected)}")
