"""The role of the pipeline, by effect, and the workflow that takes it on."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml

from infra.pipeline import AUDIENCE, HOST, PipelineSettingError, build
from local.paths import ROOT
from localstack_runtime.authorization.policies import Request, allows
from tests.infra.policies import ACCOUNT, REGION, resolved
from tests.infra.synthesis import Synthesis

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
REPOSITORY = "owner/rides"
ROLE = ("AWS", f"arn:aws:iam::{ACCOUNT}:role/rideflow-dev-release")


def synthesised(folder: Path, **context: str) -> Synthesis:
    """The pipeline's stack. Raises for findings of cdk-nag that are not accepted."""
    app = cdk.App(outdir=str(folder), context={"stage": "dev", "repository": REPOSITORY, **context})
    build(app)
    (stack,) = app.synth().stacks
    return Synthesis("dev", {stack.stack_name: json.loads(Path(stack.template_full_path).read_text())})


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesised(tmp_path_factory.mktemp("pipeline"))


@pytest.fixture(scope="module")
def policies(pipeline: Synthesis) -> list[dict[str, Any]]:
    return [
        resolved(each.properties["PolicyDocument"], each.stack, pipeline)
        for each in pipeline.of_type("AWS::IAM::Policy")
    ]


def arn(service: str, rest: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


MAY = [
    ("sts:AssumeRole", arn("iam", f"role/cdk-hnb659fds-deploy-role-{ACCOUNT}-{REGION}", "")),
    ("sts:AssumeRole", arn("iam", f"role/cdk-hnb659fds-file-publishing-role-{ACCOUNT}-{REGION}", "")),
    ("ssm:GetParameter", arn("ssm", "parameter/cdk-bootstrap/hnb659fds/version")),
    ("lambda:UpdateAlias", arn("lambda", "function:rideflow-dev-trips-request_trip")),
    ("lambda:PublishVersion", arn("lambda", "function:rideflow-dev-trips-request_trip")),
    ("lambda:DeleteFunction", arn("lambda", "function:rideflow-dev-trips-request_trip:7")),
    ("lambda:GetAccountSettings", "*"),
    ("cloudwatch:DescribeAlarms", "*"),
    ("cloudformation:ListStacks", "*"),
    ("cloudformation:DescribeStacks", arn("cloudformation", "stack/RideFlow-dev-api/1")),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rideflow/dev/synthetic-a1b2c3")),
    ("s3:ListBucket", "arn:aws:s3:::rideflow-dev-console-sitefiles1-x2"),
    *(
        (f"s3:{action}", "arn:aws:s3:::rideflow-dev-console-sitefiles1-x2/index.html")
        for action in ("PutObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging")
    ),
]
MAY_NOT = [
    ("cloudformation:UpdateTerminationProtection", arn("cloudformation", "stack/RideFlow-dev-data/1")),
    ("sts:AssumeRole", arn("iam", f"role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}", "")),
    ("sts:AssumeRole", arn("iam", "role/Administrator", "")),
    ("iam:PassRole", arn("iam", f"role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}", "")),
    ("lambda:UpdateAlias", arn("lambda", "function:rideflow-prod-trips-request_trip")),
    ("lambda:UpdateFunctionCode", arn("lambda", "function:rideflow-dev-trips-request_trip")),
    ("lambda:DeleteFunction", arn("lambda", "function:rideflow-dev-trips-request_trip")),
    ("lambda:DeleteFunction", arn("lambda", "function:rideflow-prod-trips-request_trip:7")),
    ("lambda:ListVersionsByFunction", arn("lambda", "function:rideflow-dev-trips-request_trip")),
    ("lambda:InvokeFunction", arn("lambda", "function:rideflow-dev-payments-capture_payment")),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rideflow/dev/stripe-a1b2c3")),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rideflow/prod/synthetic-a1b2c3")),
    ("s3:GetObject", "arn:aws:s3:::rideflow-dev-data-paths1-x2/path"),
    ("s3:PutObject", "arn:aws:s3:::rideflow-prod-console-sitefiles1-x2/index.html"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::rideflow-dev-console-sitefiles1-x2"),
    ("dynamodb:GetItem", arn("dynamodb", "table/rideflow-dev-person-keys")),
    ("cognito-idp:AdminAddUserToGroup", arn("cognito-idp", "userpool/pool")),
]


@pytest.mark.parametrize(("action", "resource"), MAY, ids=lambda text: text.rpartition(":")[2][:40])
def test_a_release_may_do_what_its_commands_do(policies: list[dict[str, Any]], action: str, resource: str) -> None:
    assert allows(policies, Request(ROLE, action, resource))


@pytest.mark.parametrize(("action", "resource"), MAY_NOT, ids=lambda text: text.rpartition(":")[2][:40])
def test_a_release_may_do_nothing_else(policies: list[dict[str, Any]], action: str, resource: str) -> None:
    assert not allows(policies, Request(ROLE, action, resource))


def test_only_jobs_of_the_stage_s_environment_in_this_repository_take_the_role_on(pipeline: Synthesis) -> None:
    (role,) = pipeline.of_type("AWS::IAM::Role")
    (trust,) = resolved(role.properties["AssumeRolePolicyDocument"], role.stack, pipeline)["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Principal"] == {"Federated": arn("iam", f"oidc-provider/{HOST}", "")}
    assert trust["Condition"] == {
        "StringEquals": {f"{HOST}:aud": AUDIENCE, f"{HOST}:sub": f"repo:{REPOSITORY}:environment:dev"}
    }


def test_an_account_knows_github_once(pipeline: Synthesis, tmp_path: Path) -> None:
    (provider,) = pipeline.of_type("AWS::IAM::OIDCProvider")
    assert provider.properties["Url"] == f"https://{HOST}"
    assert provider.properties["ClientIdList"] == [AUDIENCE]
    assert provider.body["DeletionPolicy"] == "Retain"
    assert not synthesised(tmp_path, provider="exists").of_type("AWS::IAM::OIDCProvider")


@pytest.mark.parametrize("repository", ["rides", "owner/*", "owner/rides:environment:prod", ""])
def test_a_repository_that_is_none_is_refused(tmp_path: Path, repository: str) -> None:
    with pytest.raises(PipelineSettingError, match="is no repository"):
        synthesised(tmp_path, repository=repository)


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOW.read_text()))


def steps(job: dict[str, Any]) -> list[str]:
    return [each.get("run", each.get("uses", "")).partition("@")[0] for each in job["steps"]]


def test_actions_are_pinned_by_commits_and_say_of_which_release() -> None:
    used = re.findall(r"uses: (\S+)@(\S+)(.*)", WORKFLOW.read_text())
    assert used
    for name, commit, comment in used:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), name
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), name


def test_a_stage_is_released_after_the_one_before_was_judged_by_a_ride(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    assert [job.get("needs") for job in jobs.values()] == [None, "test", "dev"]
    assert {"make check", "make test", "make synth STAGE=prod OUT=build/prod"} <= set(steps(jobs["test"]))
    assert steps(jobs["dev"])[-2:] == [
        ".venv/bin/rideflow deploy --stage dev --yes",
        ".venv/bin/rideflow ride --stage dev",
    ]
    assert steps(jobs["prod"])[-1] == ".venv/bin/python -m tools.canary --stage prod"


def test_pull_requests_reach_no_account(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["test"]
    assert "environment" not in jobs["test"]
    for stage in ("dev", "prod"):
        assert jobs[stage]["environment"] == stage
        assert jobs[stage]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["dev"]["if"] == "github.ref == 'refs/heads/main' && github.event_name != 'pull_request'"
    assert "secrets." not in WORKFLOW.read_text()


def test_a_session_lasts_no_longer_than_its_role_allows(workflow: dict[str, Any], pipeline: Synthesis) -> None:
    (role,) = pipeline.of_type("AWS::IAM::Role")
    for stage in ("dev", "prod"):
        (signed_in,) = [
            each for each in workflow["jobs"][stage]["steps"] if "with" in each and "role-to-assume" in each["with"]
        ]
        assert signed_in["with"]["role-duration-seconds"] <= role.properties["MaxSessionDuration"]
