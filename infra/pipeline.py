"""What a pipeline in GitHub Actions may do in a stage's account: a role of its own, without a key that could be stolen.

An app of its own (`python -m infra.pipeline`): it is deployed once by an administrator, and by no pipeline.
"""

from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from infra.constructs.nag import accept
from infra.constructs.naming import resource_name, secret_name, stack_name
from infra.stacks.base import StageStack
from infra.stages import Stage, stage_of

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_LONGEST_RELEASE = cdk.Duration.hours(3)
"""Prod's steps are judged for tens of minutes, after a deploy of tens of minutes."""

_BOOTSTRAP_ROLES = ("deploy-role", "file-publishing-role", "lookup-role")
"""Roles of `cdk bootstrap` that the CDK's command line takes on; CloudFormation's own role makes the resources."""

_ALIASES = (
    "GetFunction", "ListAliases", "PublishVersion", "GetAlias", "CreateAlias", "UpdateAlias", "DeleteAlias",
)  # fmt: skip
"""Of `rideflow release` and `rideflow rollback`, which also delete the versions that no release names any more."""

_CONSOLE = ("PutObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging")
"""Of the files of the web console, which a release publishes."""

_WITHOUT_RESOURCES = (
    "lambda:GetAccountSettings", "lambda:ListFunctions", "states:ListStateMachines", "cloudwatch:GetMetricData",
    "cloudwatch:DescribeAlarms", "ses:GetAccount", "ses:GetEmailIdentity",
    "cloudformation:ListStacks",
)  # fmt: skip
"""Reading alone. AWS has no permissions on single resources for the most of them."""


class PipelineSettingError(ValueError):
    """The app was given no repository, or something that is none."""


class PipelineStack(StageStack):
    """The role of one stage, for jobs of one GitHub environment of one repository."""

    def __init__(self, scope: Construct, stage: Stage, *, repository: str, makes_provider: bool) -> None:
        super().__init__(scope, "pipeline", stage, "role of the pipeline")
        if not _REPOSITORY.fullmatch(repository):
            raise PipelineSettingError(f"{repository!r} is no repository, such as owner/name")
        role = self._role(repository)
        if makes_provider:
            provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{HOST}", client_id_list=[AUDIENCE])
            provider.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # other pipelines of the account may use it
            role.node.add_dependency(provider)
        for statement in self._may():
            role.add_to_policy(statement)
        accept(
            role,
            "AwsSolutions-IAM5",
            "A release is of all functions, sagas and stacks of its stage; the rest reads what has no single resource.",
            "Resource::*",
            *(f"Resource::arn:<AWS::Partition>:{each}" for each in self._wildcards()),
        )
        cdk.CfnOutput(self, "ReleaseRoleArn", value=role.role_arn)

    def _role(self, repository: str) -> iam.Role:
        """A role for the jobs of the repository's GitHub environment that has the stage's name, and for nobody else."""
        name, subject = self.stage.name, f"repo:{repository}:environment:{self.stage.name}"
        return iam.Role(
            self,
            "Role",
            role_name=resource_name(name, "release"),
            description=f"Releases of {repository} to {name}",
            max_session_duration=_LONGEST_RELEASE,
            assumed_by=iam.WebIdentityPrincipal(
                self.format_arn(service="iam", region="", resource="oidc-provider", resource_name=HOST),
                conditions={"StringEquals": {f"{HOST}:aud": AUDIENCE, f"{HOST}:sub": subject}},
            ),
        )

    def _may(self) -> list[iam.PolicyStatement]:
        qualifier = cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER
        bootstrap = [
            self.format_arn(
                service="iam",
                region="",
                resource="role",
                resource_name=f"cdk-{qualifier}-{name}-{self.account}-{self.region}",
            )
            for name in _BOOTSTRAP_ROLES
        ]
        version = f"cdk-bootstrap/{qualifier}/version"
        parameter = self.format_arn(service="ssm", resource="parameter", resource_name=version)
        functions = self._named("lambda", "function", resource_name(self.stage.name, "*"))
        versions = f"{functions}:*"  # a function itself has no further colon
        machines = self._named("states", "stateMachine", resource_name(self.stage.name, "*"))
        stacks = self.format_arn(
            service="cloudformation", resource="stack", resource_name=stack_name(self.stage.name, "*/*")
        )
        console = self.format_arn(
            service="s3", region="", account="", resource=resource_name(self.stage.name, "console-*")
        )
        people = self._named("secretsmanager", "secret", secret_name(self.stage.name, "synthetic-*"))
        return [
            iam.PolicyStatement(actions=["sts:AssumeRole"], resources=bootstrap),
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[parameter]),
            iam.PolicyStatement(actions=[f"lambda:{action}" for action in _ALIASES], resources=[functions]),
            iam.PolicyStatement(actions=["lambda:DeleteFunction"], resources=[versions]),
            iam.PolicyStatement(actions=["states:DescribeStateMachine"], resources=[machines]),
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[people]),
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[console]),
            iam.PolicyStatement(actions=[f"s3:{action}" for action in _CONSOLE], resources=[f"{console}/*"]),
            iam.PolicyStatement(actions=list(_WITHOUT_RESOURCES), resources=["*"]),
        ]

    def _wildcards(self) -> list[str]:
        """The resources of many names, as cdk-nag reports them."""
        name, here = self.stage.name, "<AWS::Region>:<AWS::AccountId>"
        return [
            f"lambda:{here}:function:{resource_name(name, '*')}",
            f"lambda:{here}:function:{resource_name(name, '*')}:*",
            f"states:{here}:stateMachine:{resource_name(name, '*')}",
            f"cloudformation:{here}:stack/{stack_name(name, '*/*')}",
            f"s3:::{resource_name(name, 'console-*')}",
            f"s3:::{resource_name(name, 'console-*')}/*",
            f"secretsmanager:{here}:secret:{secret_name(name, 'synthetic-*')}",
        ]

    def _named(self, service: str, resource: str, name: str) -> str:
        return self.format_arn(
            service=service, resource=resource, resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )


def build(root: cdk.App) -> None:
    """The stack of the stage that `-c stage=` names; `-c provider=exists` if the account knows GitHub already."""
    context = root.node.try_get_context
    cdk.Validations.of(root).add_plugins(AwsSolutionsChecks(root))
    PipelineStack(
        root,
        stage_of(context),
        repository=str(context("repository")),
        makes_provider=context("provider") != "exists",
    )


if __name__ == "__main__":
    app = cdk.App()
    build(app)
    app.synth()
