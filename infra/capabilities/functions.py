"""Functions that other functions invoke and wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.capabilities.base import variables
from infra.constructs.function import OperationFunction
from rideflow.kernel import settings


@dataclass(frozen=True)
class CardRecord:
    """Invoking the function that records cards, from outside the VPC."""

    name: str
    arn: str

    in_vpc = False

    @classmethod
    def by(cls, function: OperationFunction) -> Self:
        return cls(function.name, function.function.function_arn)

    def environment(self) -> dict[str, str]:
        return variables(settings.CardRecordSettings, function_name=self.name)

    def grant(self, function: lambda_.IFunction) -> None:
        """Without `grant_invoke`: that would allow every version, by a wildcard."""
        function.add_to_role_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.arn]))
