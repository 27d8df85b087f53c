"""Resource policies and key policies by effect: who may do what with each queue, bucket, topic and key."""

import pytest

from localstack_runtime.authorization.policies import Request, allows
from tests.infra.policies import ACCOUNT, REGION, named, resolved
from tests.infra.synthesis import Json, Resource, Synthesis

_ANOTHER_ACCOUNT = "444455556666"
_ROLE = ("AWS", f"arn:aws:iam::{ACCOUNT}:role/any")
_STRANGERS = [
    ("AWS", f"arn:aws:iam::{_ANOTHER_ACCOUNT}:root"),
    ("AWS", f"arn:aws:iam::{_ANOTHER_ACCOUNT}:role/any"),
    ("Service", "sns.amazonaws.com"),
    ("Service", "s3.amazonaws.com"),
    ("Service", "lambda.amazonaws.com"),
]
_TLS, _PLAIN = {"aws:securetransport": "true"}, {"aws:securetransport": "false"}
_QUEUE_ACTIONS = ("SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue", "SetQueueAttributes", "AddPermission")
_BUCKET_ACTIONS = ("GetObject", "PutObject", "DeleteObject", "ListBucket", "PutBucketPolicy", "PutObjectAcl")
_KEY_ACTIONS = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "CreateGrant", "DescribeKey", "PutKeyPolicy",
                "ScheduleKeyDeletion")  # fmt: skip

_WITH_A_POLICY = {
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::EC2::VPCEndpoint",
}
"""What these tests, test_routes.py (functions), test_alarms.py (the topic), test_network.py and test_console.py
evaluate.
"""
_OF_NO_PRINCIPAL = {"AWS::IAM::Policy", "AWS::CloudFront::CachePolicy", "AWS::CloudFront::ResponseHeadersPolicy"}


def test_no_resource_has_a_policy_that_is_not_evaluated_here(each_stage: Synthesis) -> None:
    """A role's trust policy names a service: that it is one, and one of AWS's, is tested below."""
    words = ("Policy", "PolicyDocument", "ResourcePolicy", "KeyPolicy", "Principal")
    found = {
        each.type
        for each in each_stage.resources
        if any(word in each.properties or each.type.endswith(word) for word in words)
    }

    assert found - _OF_NO_PRINCIPAL == _WITH_A_POLICY


def test_the_bus_takes_events_from_this_account_alone(each_stage: Synthesis) -> None:
    """A bus without a policy does."""
    assert not each_stage.of_type("AWS::Events::EventBusPolicy")
    assert all("Policy" not in bus.properties for bus in each_stage.of_type("AWS::Events::EventBus"))


def test_each_role_is_taken_by_one_service_of_aws(each_stage: Synthesis) -> None:
    taken = {
        str(statement["Principal"])
        for role in each_stage.of_type("AWS::IAM::Role")
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]
        if (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    }
    services = ("apigateway", "cognito-idp", "lambda", "rds", "scheduler", "states", "vpc-flow-logs")

    assert taken <= {str({"Service": f"{service}.amazonaws.com"}) for service in services}
    assert all(len(role.properties["AssumeRolePolicyDocument"]["Statement"]) == 1
               for role in each_stage.of_type("AWS::IAM::Role"))  # fmt: skip


# Queues.


def _policies_of(synthesis: Synthesis, kind: str, names: str, resource: Resource) -> list[Json]:
    """The policies of this type that name the resource."""
    own = named(resource.stack, resource.logical_id)
    return [
        resolved(each.properties["PolicyDocument"], each.stack, synthesis)
        for each in synthesis.of_type(kind)
        if own in resolved(each.properties[names], each.stack, synthesis)
    ]


def _rules_into(synthesis: Synthesis) -> dict[str, list[str]]:
    """The rules of the bus that send to a queue, or leave there what they could not send."""
    into: dict[str, list[str]] = {}
    for rule in synthesis.of_type("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            ends = [target["Arn"], *([target["DeadLetterConfig"]["Arn"]] if "DeadLetterConfig" in target else [])]
            for end in ends:
                queue = resolved(end, rule.stack, synthesis)
                into.setdefault(queue, []).append(named(rule.stack, rule.logical_id))
    return into


def test_only_the_rules_of_a_queue_send_to_it_and_over_tls_alone(each_stage: Synthesis) -> None:
    events = ("Service", "events.amazonaws.com")
    rules = [named(rule.stack, rule.logical_id) for rule in each_stage.of_type("AWS::Events::Rule")]
    into = _rules_into(each_stage)
    queues = each_stage.of_type("AWS::SQS::Queue")
    for queue in queues:
        own = named(queue.stack, queue.logical_id)
        policies = _policies_of(each_stage, "AWS::SQS::QueuePolicy", "Queues", queue)
        send = [
            rule
            for rule in rules
            if allows(policies, Request(events, "sqs:SendMessage", own, {**_TLS, "aws:sourcearn": rule}))
        ]
        assert send == [rule for rule in rules if rule in into.get(own, [])], queue.logical_id
        assert not allows(policies, Request(events, "sqs:SendMessage", own, _TLS)), "without a rule"
        for rule in rules:
            for action in ("ReceiveMessage", "DeleteMessage", "PurgeQueue"):
                asked = Request(events, f"sqs:{action}", own, {**_TLS, "aws:sourcearn": rule})
                assert not allows(policies, asked)
        _refuses_strangers(policies, [f"sqs:{action}" for action in _QUEUE_ACTIONS], own)
        _refuses_without_tls(policies, [f"sqs:{action}" for action in _QUEUE_ACTIONS], own)

    assert (
        sum(map(len, into.values())) >= 2 * len(rules) - 1
    )  # a queue and its dead letters, but for the archive's rule
    assert len(queues) > 50


def _refuses_strangers(policies: list[Json], actions: list[str], resource: str) -> None:
    for stranger in _STRANGERS:
        for action in actions:
            asked = Request(stranger, action, resource, {**_TLS, "aws:sourceaccount": _ANOTHER_ACCOUNT})
            assert not allows(policies, asked), (stranger, action)


def _refuses_without_tls(policies: list[Json], actions: list[str], resource: str) -> None:
    """Also those whose role lets them: a deny counts before all allows."""
    anything: Json = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for action in actions:
        assert allows([*policies, anything], Request(_ROLE, action, resource, _TLS))
        assert not allows([*policies, anything], Request(_ROLE, action, resource, _PLAIN))


# The bucket.


def test_nobody_reaches_a_driven_path_but_by_a_role_of_this_account_and_over_tls(each_stage: Synthesis) -> None:
    bucket = each_stage.paths
    own = named(bucket.stack, bucket.logical_id)
    policies = _policies_of(each_stage, "AWS::S3::BucketPolicy", "Bucket", bucket)
    actions = [f"s3:{action}" for action in _BUCKET_ACTIONS]

    assert len(policies) == 1
    for resource in (own, f"{own}/paths/1"):
        _refuses_strangers(policies, actions, resource)
        _refuses_without_tls(policies, actions, resource)
        assert not any(allows(policies, Request(_ROLE, action, resource, _TLS)) for action in actions)
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}


# The key.


def _key(synthesis: Synthesis) -> tuple[Resource, list[Json]]:
    (key,) = synthesis.of_type("AWS::KMS::Key")
    return key, [resolved(key.properties["KeyPolicy"], key.stack, synthesis)]


def test_beside_the_account_alarms_use_the_key_and_no_stranger_does(
    each_stage: Synthesis,
) -> None:
    """The account's roles use it as far as their own policies say: test_grants.py."""
    _, (policy,) = _key(each_stage)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    direct: Json = {"Statement": [each for each in policy["Statement"] if each["Principal"] != root]}
    alarms = ("Service", "cloudwatch.amazonaws.com")
    secrets = {"kms:viaservice": f"secretsmanager.{REGION}.amazonaws.com"}
    users = (
        ("alarms", alarms, {"aws:sourceaccount": ACCOUNT}),
        ("alarms of others", alarms, {"aws:sourceaccount": _ANOTHER_ACCOUNT}),
        ("a role by itself", _ROLE, secrets),
    )
    used = {
        (who, action)
        for who, principal, context in users
        for action in _KEY_ACTIONS
        if allows([direct], Request(principal, f"kms:{action}", "*", context))
    }

    assert used == {("alarms", "Decrypt"), ("alarms", "GenerateDataKey")}
    for stranger in _STRANGERS:
        assert not any(allows([policy], Request(stranger, f"kms:{each}", "*", secrets)) for each in _KEY_ACTIONS)


def test_the_account_stays_able_to_administer_its_key(each_stage: Synthesis) -> None:
    key, policies = _key(each_stage)
    root = ("AWS", f"arn:aws:iam::{ACCOUNT}:root")

    assert all(allows(policies, Request(root, f"kms:{action}", "*", {})) for action in _KEY_ACTIONS)
    assert key.properties["EnableKeyRotation"] is True


# Functions.


def test_a_function_is_invoked_by_the_gateway_for_its_route_and_by_nobody_else(each_stage: Synthesis) -> None:
    """Each permission names the API, the method and the path: no other API of the account, or of another, may."""
    apis = {
        named(each.stack, each.logical_id)
        for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
        for each in each_stage.of_type(kind)
    }
    permissions = each_stage.of_type("AWS::Lambda::Permission")
    for each in permissions:
        told = resolved(each.properties, each.stack, each_stage)
        source = str(told["SourceArn"])
        assert (told["Action"], told["Principal"]) == ("lambda:InvokeFunction", "apigateway.amazonaws.com")
        assert any(api in source for api in apis), source
        assert not source.endswith((":*", "/*/*/*")), source
    assert len(permissions) > 50


@pytest.mark.parametrize("principal", [_ROLE, _STRANGERS[1]])
def test_the_interpreter_tells_a_deny_from_a_missing_allow(principal: tuple[str, str]) -> None:
    """Otherwise a policy of nothing would pass for one that refuses."""
    deny: Json = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
    allow: Json = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    asked = Request(principal, "sqs:SendMessage", "queue", {})

    assert not allows([], asked)
    assert allows([allow], asked)
    assert not allows([allow, deny], asked)
