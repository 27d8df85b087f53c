"""The Lambda function of one operation, with the product's defaults."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.logs import retention
from infra.constructs.nag import accept
from infra.constructs.naming import LIVE, resource_name, unqualified_arn
from infra.constructs.placement import ONLY_IN_VPC, Placement, Reach
from infra.layers import Archive
from infra.stages import Stage
from rideflow.kernel.settings import ReleaseSettings


class Capability(Protocol):
    """Something a function may use: the settings that name it, the permissions, and what it connects to."""

    @property
    def reaches(self) -> Collection[Reach]: ...

    def environment(self) -> dict[str, str]: ...

    def grant(self, function: lambda_.IFunction) -> None: ...


@dataclass(frozen=True)
class Runtime:
    """Settings that all functions of a stage share."""

    stage: Stage
    code: Archive
    layer_names: Sequence[str]
    placement: Placement
    release: str
    """The name of what the templates are made of, as `infra/release.py` gives it."""


@dataclass(frozen=True)
class Limits:
    """`memory_mb` buys processor time too: 1769 MB is one whole core. The sizes are measured (ADR 138).

    `may_recur`: the function sends messages that start it again, which Lambda would stop after 16 rounds.
    """

    memory_mb: int = 512
    timeout_s: int = 10
    may_recur: bool = False


class OperationFunction(Construct):
    """Python 3.13 on the stage's architecture, layers, own role, own log group, own settings only.

    Lambda writes no line of its own for an invocation that went well; warnings and what the code logs are JSON. A call
    that a sampled REST call or saga leads to is traced; no other is.

    `alias` is what callers invoke. CloudFormation makes it with the function's first version and never changes either
    again, since their part of the template never changes: versions and weights of releases are the deployer's
    (`local/releases`). The version's number is asked for: Lambda does not begin at 1 again for a function that was
    deleted and made anew. The version is retained, because releases' aliases may name it when the stack is deleted;
    it goes with the function.
    """

    def __init__(
        self,
        scope: Construct,
        context: str,
        operation: str,
        *,
        runtime: Runtime,
        uses: Sequence[Capability] = (),
        limits: Limits = Limits(),
        dead_letters: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, operation)
        self.context, self.operation, self.runtime = context, operation, runtime
        self.name = resource_name(runtime.stage.name, context, operation)
        self._reaches = {reach for capability in uses for reach in capability.reaches}
        self._in_vpc = bool(self._reaches & ONLY_IN_VPC)
        self.log_group = self._log_group()
        self.role = self._role()
        self.function = self._function(uses, limits, dead_letters)
        accept(self.function, "AwsSolutions-L1", "Python 3.13 is what the layers and the local stack are built for.")
        self.alias = self._alias()
        for capability in uses:
            capability.grant(self.function)

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{self.name}",
            retention=retention(self.runtime.stage.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(role)
        if self._in_vpc:
            self._grant_network_interfaces(role)
        accept(
            role,
            "AwsSolutions-IAM5",
            "X-Ray's writes and Lambda's network interfaces know no resource-level permission.",
            "Resource::*",
        )
        return role

    def _grant_network_interfaces(self, role: iam.Role) -> None:
        """For Lambda, which makes them with the function's role. The function's own code is denied them.

        Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
        """
        role.add_to_policy(iam.PolicyStatement(actions=_NETWORK_INTERFACES, resources=["*"]))
        itself = unqualified_arn(cdk.Stack.of(self), self.runtime.stage.name, self.context, self.operation)
        denied = iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*_NETWORK_INTERFACES, "ec2:DetachNetworkInterface"],
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": itself}},
        )
        role.add_to_policy(denied)

    def _release(self) -> dict[str, str]:
        return dict(zip(ReleaseSettings.variables(), [self.runtime.release], strict=True))

    def _alias(self) -> lambda_.Alias:
        first = lambda_.Version(self, "FirstVersion", lambda_=self.function, removal_policy=cdk.RemovalPolicy.RETAIN)
        return lambda_.Alias(self, "Live", alias_name=LIVE, version=first)

    def _function(
        self, uses: Sequence[Capability], limits: Limits, dead_letters: sqs.IQueue | None
    ) -> lambda_.Function:
        runtime = self.runtime
        placement = runtime.placement if self._in_vpc else None
        return lambda_.Function(
            self,
            "Function",
            function_name=self.name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[runtime.stage.target.architecture],
            handler=f"{self.context}.{self.operation}.app",
            code=lambda_.Code.from_asset(str(runtime.code.path), asset_hash=runtime.code.digest),
            layers=[_layer(self, name) for name in runtime.layer_names],
            role=self.role,
            log_group=self.log_group,
            memory_size=limits.memory_mb,
            timeout=cdk.Duration.seconds(limits.timeout_s),
            recursive_loop=lambda_.RecursiveLoop.ALLOW if limits.may_recur else None,
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            tracing=lambda_.Tracing.PASS_THROUGH,
            dead_letter_queue=dead_letters,
            environment=_merged(self.name, uses) | self._addresses() | self._release(),
            vpc=placement.vpc if placement else None,
            vpc_subnets=placement.subnets if placement else None,
            security_groups=placement.groups_for(self.name, self._reaches) if placement else None,
            ipv6_allowed_for_dual_stack=True if placement else None,
        )

    def _addresses(self) -> dict[str, str]:
        """In the VPC, services of AWS are called by host names with IPv6 addresses. LocalStack has one address."""
        if not self._in_vpc or self.runtime.stage.endpoint_url:
            return {}
        return {"AWS_USE_DUALSTACK_ENDPOINT": "true"}


_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}

_NETWORK_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


def _layer(scope: Construct, name: str) -> lambda_.ILayerVersion:
    """The one version of a layer whose name carries its content's hash."""
    arn = cdk.Stack.of(scope).format_arn(
        service="lambda",
        resource="layer",
        resource_name=f"{name}:1",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return lambda_.LayerVersion.from_layer_version_arn(scope, name, arn)


def _merged(name: str, uses: Sequence[Capability]) -> dict[str, str]:
    """The settings of all capabilities, and nothing else."""
    environment: dict[str, str] = {}
    for capability in uses:
        added = capability.environment()
        if clash := environment.keys() & added.keys():
            raise ValueError(f"{name} is given {sorted(clash)} twice")
        environment |= added
    return environment
