"""Starting sagas, and answering the tokens that they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.capabilities.base import WildcardArn, variables
from infra.constructs.naming import resource_name
from infra.constructs.placement import Reach
from infra.stages import Stage
from rideflow.kernel import settings
from rideflow.trips.model import RIDERS_PATIENCE


@dataclass(frozen=True)
class Saga:
    """Starting a saga, and reading the status of its executions."""

    machine_arn: str
    executions: WildcardArn

    reaches = (Reach.IPV6,)

    @classmethod
    def named(cls, stack: cdk.Stack, stage: Stage, workflow: str) -> Self:
        """By its name, so that it is the same before and after the state machine exists."""
        machine, executions = (
            stack.format_arn(
                service="states",
                resource=kind,
                resource_name=f"{resource_name(stage.name, workflow)}{suffix}",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for kind, suffix in (("stateMachine", ""), ("execution", ":*"))
        )
        prefix = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
        return cls(machine, WildcardArn(executions, f"{prefix}:{resource_name(stage.name, workflow)}:*"))

    def grant(self, function: lambda_.IFunction) -> None:
        start = iam.PolicyStatement(actions=["states:StartExecution"], resources=[self.machine_arn])
        function.add_to_role_policy(start)
        self.executions.allow(function, "states:DescribeExecution", because="Each trip has an execution of its own.")


@dataclass(frozen=True)
class SettleSaga(Saga):
    """Starting the saga that settles an ended trip, and asking whether the last one still runs."""

    def environment(self) -> dict[str, str]:
        return variables(settings.SettleSagaSettings, state_machine_arn=self.machine_arn)


@dataclass(frozen=True)
class MatchSaga(Saga):
    """Starting the saga that finds a driver, and asking whether the last one failed."""

    def environment(self) -> dict[str, str]:
        patience_s = str(round(RIDERS_PATIENCE.total_seconds()))
        return variables(settings.MatchSagaSettings, state_machine_arn=self.machine_arn, patience_s=patience_s)


@dataclass(frozen=True)
class SagaAnswers:
    """Answering a task that a saga waits for. The token names the execution, so there are no settings."""

    saga: Saga

    reaches = (Reach.IPV6,)

    def environment(self) -> dict[str, str]:
        return {}

    def grant(self, function: lambda_.IFunction) -> None:
        answer = iam.PolicyStatement(actions=["states:SendTaskSuccess"], resources=[self.saga.machine_arn])
        function.add_to_role_policy(answer)
