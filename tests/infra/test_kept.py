"""What a destroy deletes and what it keeps: the table of docs/running.md says what the templates say."""

import re
from collections.abc import Callable

import pytest

from infra.stages import ON_AWS
from local.paths import ROOT
from tests.infra.synthesis import Resource, Synthesis


def _secret(each: Resource) -> str:
    return "secret of Stripe's keys" if "stripe" in str(each.properties.get("Name")) else "secret of the database"


TABLE = re.compile(
    r"^\| (?P<what>[^|]+?) \| (?P<dev>deleted|kept|snapshot|not made) \| (?P<prod>deleted|kept|snapshot|not made) \|",
    re.MULTILINE,
)
KEPT_ONCE_MADE = "RetainExceptOnCreate"
"""Kept, but deleted by the rollback of the deploy that makes it."""
FATES = {None: "deleted", "Delete": "deleted", "Retain": "kept", KEPT_ONCE_MADE: "kept", "Snapshot": "snapshot"}
HOLDS_DATA: dict[str, Callable[[Resource], str]] = {
    "AWS::RDS::DBCluster": lambda _: "database",
    "AWS::S3::Bucket": lambda each: (
        "bucket of " + ("the console's files" if "Files" in each.logical_id else "driven paths")
    ),
    "AWS::Cognito::UserPool": lambda _: "user pool",
    "AWS::KMS::Key": lambda _: "key of the stage",
    "AWS::ElastiCache::ReplicationGroup": lambda _: "Redis",
    "AWS::Events::Archive": lambda _: "archive of events",
    "AWS::SQS::Queue": lambda _: "queues and dead letters",
    "AWS::Logs::LogGroup": lambda _: "logs",
    "AWS::ApiGateway::Account": lambda _: "role by which API Gateway logs",
    "AWS::Lambda::LayerVersion": lambda _: "versions of layers",
    "AWS::SecretsManager::Secret": _secret,
    "AWS::DynamoDB::GlobalTable": lambda each: f"table `{each.properties['TableName'].split('-', 2)[2]}`",
}
CARRIES_NONE = re.compile(
    r"AWS::(ApiGateway|ApiGatewayV2|CloudFront|CloudWatch|EC2|IAM|Scheduler|StepFunctions|SNS|WAFv2|XRay)::\w+"
    r"|AWS::Events::(Rule|EventBus)|AWS::KMS::Alias|AWS::Lambda::(?!LayerVersion)\w+|AWS::SQS::QueuePolicy"
    r"|AWS::S3::BucketPolicy|AWS::SecretsManager::SecretTargetAttachment|AWS::Cognito::UserPool(Client|Group)"
    r"|AWS::RDS::(?!DBCluster$)\w+|AWS::ElastiCache::SubnetGroup|AWS::ElastiCache::(User|UserGroup|ParameterGroup)"
    r"|AWS::CDK::Metadata|Custom::Migrations"
)
"""Types that hold no data of their own."""
OF_ALL_STAGES = {"AWS::ApiGateway::Account", "AWS::Lambda::LayerVersion"}
"""What an account has once, or other stages may use."""


def fates(synthesis: Synthesis) -> dict[str, str]:
    """What becomes of everything that holds data when its stack is deleted."""
    found: dict[str, str] = {}
    for each in synthesis.resources:
        assert each.type in HOLDS_DATA or CARRIES_NONE.fullmatch(each.type), f"does {each.type} hold data?"
        if each.type in HOLDS_DATA:
            what, fate = HOLDS_DATA[each.type](each), FATES[each.body.get("DeletionPolicy")]
            assert found.setdefault(what, fate) == fate, what
            assert FATES[each.body.get("UpdateReplacePolicy")] == fate, what
    return found


@pytest.mark.parametrize("stage", ON_AWS)
def test_the_document_says_what_becomes_of_all_data(synthesis: Callable[[str], Synthesis], stage: str) -> None:
    rows = TABLE.finditer((ROOT / "docs" / "running.md").read_text())
    told = {row["what"]: row[stage] for row in rows if row[stage] != "not made"}

    assert told == fates(synthesis(stage))


def test_prod_s_data_refuses_its_deletion_and_dev_s_does_not(synthesis: Callable[[str], Synthesis]) -> None:
    for stage, keeps in (("dev", False), ("prod", True)):
        found = synthesis(stage)
        protected = {each.properties["DeletionProtection"] for each in found.of_type("AWS::RDS::DBCluster")} | {
            each.properties.get("DeletionProtection") == "ACTIVE" for each in found.of_type("AWS::Cognito::UserPool")
        }
        assert protected == {keeps}
        tables = {
            each.properties["TableName"]
            for each in found.of_type("AWS::DynamoDB::GlobalTable")
            if each.properties["Replicas"][0].get("DeletionProtectionEnabled")
        }
        kept = {f"rideflow-{stage}-{name}" for name in ("payment-customers", "person-keys", "role-changes")}
        assert tables == (kept if keeps else set())


def test_a_store_whose_first_deploy_fails_is_not_kept_in_the_way_of_the_next(prod: Synthesis) -> None:
    kept = {
        (each.type, each.body["DeletionPolicy"])
        for each in prod.resources
        if each.type in HOLDS_DATA and FATES[each.body.get("DeletionPolicy")] == "kept"
    }

    assert {kind for kind, _ in kept} > OF_ALL_STAGES
    assert {policy for kind, policy in kept if kind not in OF_ALL_STAGES} == {KEPT_ONCE_MADE}


def test_the_role_by_which_api_gateway_logs_outlives_any_stage_since_an_account_has_one(each_stage: Synthesis) -> None:
    (account,) = each_stage.of_type("AWS::ApiGateway::Account")
    (name,) = account.properties["CloudWatchRoleArn"]["Fn::GetAtt"][:1]
    (role,) = (
        each for each in each_stage.of_type("AWS::IAM::Role") if (each.stack, each.logical_id) == (account.stack, name)
    )

    for each in (account, role):
        assert each.body["DeletionPolicy"] == each.body["UpdateReplacePolicy"] == "Retain"
