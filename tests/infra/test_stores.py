"""The stores."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template

from infra.constructs.user_pool import Users
from infra.stages import DEV
from local.redis import FUNCTIONS
from rideflow.kernel.redis_access import access
from rideflow.kernel.sessions import TOKEN_LIFETIME
from tests.infra.policies import resolved
from tests.infra.synthesis import Json, Synthesis, listed


def test_the_database_is_aurora_of_the_local_stores_major_version(each_stage: Synthesis) -> None:
    (cluster,) = each_stage.of_type("AWS::RDS::DBCluster")

    assert cluster.properties["Engine"] == "aurora-postgresql"
    assert cluster.properties["EngineVersion"].startswith("18.")
    assert cluster.properties["StorageEncrypted"]
    assert cluster.properties["EnableIAMDatabaseAuthentication"]


def test_the_database_ends_a_statement_before_most_functions_are_over_and_logs_no_values(each_stage: Synthesis) -> None:
    (group,) = each_stage.of_type("AWS::RDS::DBClusterParameterGroup")
    (cluster,) = each_stage.of_type("AWS::RDS::DBCluster")

    assert cluster.properties["DBClusterParameterGroupName"] == {"Ref": group.logical_id}
    assert group.properties["Family"] == "aurora-postgresql18"
    assert group.properties["Parameters"] == {
        "statement_timeout": "8000",
        "log_error_verbosity": "terse",
        "rds.force_ssl": "1",
    }


def test_the_proxy_takes_iam_tokens_over_tls_only_and_brings_one_itself(prod: Synthesis) -> None:
    (proxy,) = prod.of_type("AWS::RDS::DBProxy")
    role = proxy.properties["RoleArn"]["Fn::GetAtt"][0]
    (statement,) = prod.statements(proxy.stack, role)
    resource = resolved(statement["Resource"], proxy.stack, prod)

    assert proxy.properties["RequireTLS"] is True
    assert proxy.properties["DefaultAuthScheme"] == "IAM_AUTH"
    assert "Auth" not in proxy.properties
    assert statement["Action"] == "rds-db:connect"
    assert re.fullmatch(r"arn:aws:rds-db:.*:dbuser:resource:.*AuroraCluster.*DBClusterResourceId/functions", resource)


def test_the_database_is_reached_by_its_proxy_or_without_one_by_functions_and_by_the_migrator(
    each_stage: Synthesis,
) -> None:
    (cluster,) = each_stage.of_type("AWS::RDS::DBCluster")
    groups = {resolved(each, cluster.stack, each_stage) for each in cluster.properties["VpcSecurityGroupIds"]}
    sources = {
        resolved(rule.properties["SourceSecurityGroupId"], rule.stack, each_stage)
        for rule in each_stage.of_type("AWS::EC2::SecurityGroupIngress")
        if resolved(rule.properties["GroupId"], rule.stack, each_stage) in groups
    }
    wanted = {"/Database" if each_stage.of_type("AWS::RDS::DBProxy") else "ToDatabase", "ToCluster"}
    in_group = {
        key
        for key, function in each_stage.functions.items()
        for each in function.properties.get("VpcConfig", {}).get("SecurityGroupIds", [])
        if "ToCluster" in resolved(each, function.stack, each_stage)
    }

    assert len(sources) == 2
    names = ("/Database", "ToDatabase", "ToCluster")
    assert {name for name in names if any(name in source for source in sources)} == wanted
    assert in_group == {("kernel", "migrate")}


def test_functions_are_named_their_role_and_the_migrator_the_owner(each_stage: Synthesis) -> None:
    (cluster,) = each_stage.of_type("AWS::RDS::DBCluster")
    told = [each.properties.get("Environment", {}).get("Variables", {}) for each in each_stage.functions.values()]

    assert {each["DATABASE_USER"] for each in told if "DATABASE_USER" in each} == {"functions"}
    (migrator,) = (each for each in told if "MIGRATOR_USER" in each)
    assert "DATABASE_USER" not in migrator
    assert migrator["MIGRATOR_USER"] == "postgres"
    assert migrator["MIGRATOR_AUTH"] == ("trust" if each_stage.stage == "local" else "password")
    assert "AuroraCluster" in str(migrator["MIGRATOR_HOST"])
    assert cluster.properties["EnableIAMDatabaseAuthentication"] is True


def test_the_migrator_may_bring_a_token_as_the_owner_of_this_cluster_alone(each_stage: Synthesis) -> None:
    migrate = each_stage.functions["kernel", "migrate"]
    role = migrate.properties["Role"]["Fn::GetAtt"][0]
    (statement,) = (each for each in each_stage.statements(migrate.stack, role) if each["Action"] == "rds-db:connect")
    resource = resolved(statement["Resource"], migrate.stack, each_stage)

    assert re.fullmatch(r"arn:aws:rds-db:.*:dbuser:resource:.*AuroraCluster.*DBClusterResourceId/postgres", resource)


def test_a_migration_that_never_answers_fails_the_deployment_a_minute_after_its_function(
    each_stage: Synthesis,
) -> None:
    (run,) = each_stage.of_type("Custom::Migrations")
    timeout_s = each_stage.functions["kernel", "migrate"].properties["Timeout"]

    assert int(run.properties["ServiceTimeout"]) == timeout_s + 60


def test_nothing_of_the_kernel_starts_before_there_is_a_schema(each_stage: Synthesis) -> None:
    (run,) = each_stage.of_type("Custom::Migrations")
    template = each_stage.templates[run.stack]["Resources"]
    starting = [
        each
        for kind in ("AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule")
        for each in each_stage.of_type(kind)
        if each.stack == run.stack
    ]

    assert len(starting) == 3
    for each in starting:
        assert run.logical_id in _made_before(each.logical_id, template), each.logical_id


def _made_before(logical_id: str, resources: Json) -> set[str]:
    """The resources that CloudFormation makes before this one: what it depends on, and what it refers to."""
    found: set[str] = set()
    ahead = [logical_id]
    while ahead:
        body = resources[ahead.pop()]
        named = set(re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', json.dumps(body)))
        new = ((named | set(listed(body.get("DependsOn", [])))) & resources.keys()) - found
        found |= new
        ahead.extend(new)
    return found


def test_production_keeps_its_data_when_a_stack_is_deleted(prod: Synthesis) -> None:
    (cluster,) = prod.of_type("AWS::RDS::DBCluster")

    assert cluster.body["DeletionPolicy"] == "Snapshot"
    assert cluster.properties["DeletionProtection"]
    kept = [prod.paths, *(each for kind in ("AWS::Cognito::UserPool", "AWS::KMS::Key") for each in prod.of_type(kind))]
    assert {each.body["DeletionPolicy"] for each in kept} == {"RetainExceptOnCreate"}


def test_no_lifecycle_rule_promises_what_s3_does_not_do(each_stage: Synthesis) -> None:
    """S3 moves no object below 128 KB to a colder class; our paths are smaller."""
    bucket = each_stage.paths
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]

    assert rule == {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "Status": "Enabled",
    }


def test_redis_is_a_cluster_with_tls(each_stage: Synthesis) -> None:
    (group,) = each_stage.of_type("AWS::ElastiCache::ReplicationGroup")

    assert group.properties["ClusterMode"] == "enabled"
    assert group.properties["TransitEncryptionEnabled"]
    assert group.properties["AtRestEncryptionEnabled"]


def test_redis_is_valkey_whose_one_user_signs_in_by_iam_with_the_rights_of_functions(each_stage: Synthesis) -> None:
    (group,) = each_stage.of_type("AWS::ElastiCache::ReplicationGroup")
    (users,) = each_stage.of_type("AWS::ElastiCache::UserGroup")
    (user,) = each_stage.of_type("AWS::ElastiCache::User")
    told = [each.properties.get("Environment", {}).get("Variables", {}) for each in each_stage.functions.values()]
    name = f"rideflow-{each_stage.stage}-functions"

    assert {each.properties["Engine"] for each in (group, users, user)} == {"valkey"}
    assert group.properties["EngineVersion"].startswith("8.")
    assert group.properties["UserGroupIds"] == [{"Ref": users.logical_id}]
    assert users.properties["UserIds"] == [{"Ref": user.logical_id}]
    assert user.properties["AuthenticationMode"] == {"Type": "iam"}
    assert user.properties["AccessString"] == access()
    assert user.properties["UserId"] == user.properties["UserName"] == name
    assert {each["REDIS_USER"] for each in told if "REDIS_USER" in each} == {name}
    assert {each["REDIS_NAME"] for each in told if "REDIS_NAME" in each} == {group.properties["ReplicationGroupId"]}


def test_the_local_redis_knows_the_user_of_the_local_stage(synthesis: Callable[[str], Synthesis]) -> None:
    (user,) = synthesis("local").of_type("AWS::ElastiCache::User")

    assert user.properties["UserName"] == FUNCTIONS


def test_production_s_redis_outlives_any_of_its_nodes(prod: Synthesis) -> None:
    (group,) = prod.of_type("AWS::ElastiCache::ReplicationGroup")

    assert (group.properties["NumNodeGroups"], group.properties["ReplicasPerNodeGroup"]) == (3, 1)
    assert group.properties["AutomaticFailoverEnabled"]
    assert group.properties["MultiAZEnabled"]
    assert group.properties["CacheParameterGroupName"] == "default.valkey8.cluster.on"


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("connections", ["person_id", "connection_id"]),
        ("ended-sessions", ["person_id", "session"]),
        ("guards", ["id"]),
    ],
)
def test_temporary_items_expire_by_their_time_to_live(each_stage: Synthesis, name: str, keys: list[str]) -> None:
    tables = {
        table.properties["TableName"]: table.properties for table in each_stage.of_type("AWS::DynamoDB::GlobalTable")
    }
    table = tables[f"rideflow-{each_stage.stage}-{name}"]

    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert [key["AttributeName"] for key in table["KeySchema"]] == keys


@pytest.mark.parametrize(
    ("name", "key"), [("payment-customers", "rider_id"), ("person-keys", "person_id"), ("role-changes", "role")]
)
def test_tables_that_cannot_be_rebuilt_are_kept(prod: Synthesis, name: str, key: str) -> None:
    (table,) = (
        table
        for table in prod.of_type("AWS::DynamoDB::GlobalTable")
        if table.properties["TableName"] == f"rideflow-prod-{name}"
    )

    assert [each["AttributeName"] for each in table.properties["KeySchema"]] == [key]
    assert "TimeToLiveSpecification" not in table.properties
    assert all(
        replica["DeletionProtectionEnabled"]
        and replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        for replica in table.properties["Replicas"]
    )


def test_nobody_chooses_their_own_role(each_stage: Synthesis) -> None:
    (client,) = each_stage.of_type("AWS::Cognito::UserPoolClient")
    groups = {group.properties["GroupName"] for group in each_stage.of_type("AWS::Cognito::UserPoolGroup")}

    assert set(client.properties["WriteAttributes"]) == {"email", "name"}
    assert groups == {"rider", "driver", "operator", "admin"}


def test_people_sign_in_by_e_mail_or_phone_whatever_their_case(each_stage: Synthesis) -> None:
    (pool,) = each_stage.of_type("AWS::Cognito::UserPool")

    assert pool.properties["UsernameAttributes"] == ["email", "phone_number"]
    assert pool.properties["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool.properties["AutoVerifiedAttributes"] == ["email"]


@pytest.mark.parametrize("sender", [None, "rides@mail.example.com"])
def test_codes_are_mailed_by_ses_once_the_stage_has_a_sender(sender: str | None) -> None:
    stack = cdk.Stack(cdk.App(), "S")
    Users(stack, "Users", stage=replace(DEV, email_from=sender))

    (pool,) = Template.from_stack(stack).find_resources("AWS::Cognito::UserPool").values()
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("50 mails a day"))
    if sender is None:
        assert "EmailConfiguration" not in pool["Properties"]
        assert len(warnings) == 1
        return
    assert warnings == []
    mails = pool["Properties"]["EmailConfiguration"]
    assert (mails["EmailSendingAccount"], mails["From"]) == ("DEVELOPER", "RideFlow <rides@mail.example.com>")
    identity = "".join(part if isinstance(part, str) else part["Ref"] for part in mails["SourceArn"]["Fn::Join"][1])
    assert identity == "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/mail.example.com"


def test_sign_in_tells_nobody_who_has_an_account_and_sessions_can_be_ended(each_stage: Synthesis) -> None:
    (client,) = each_stage.of_type("AWS::Cognito::UserPoolClient")

    assert client.properties["PreventUserExistenceErrors"] == "ENABLED"
    assert client.properties["EnableTokenRevocation"] is True
    assert client.properties["TokenValidityUnits"]["AccessToken"] == "minutes"
    # Older ends of sessions are deleted, so no token may live longer.
    assert timedelta(minutes=client.properties["AccessTokenValidity"]) == TOKEN_LIFETIME


def test_the_stripe_secret_holds_no_key_that_the_template_knows(each_stage: Synthesis) -> None:
    secrets = {secret.properties.get("Name"): secret for secret in each_stage.of_type("AWS::SecretsManager::Secret")}

    assert "SecretString" not in secrets[f"rideflow/{each_stage.stage}/stripe"].properties
