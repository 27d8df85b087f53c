"""The network: each function reaches what its needs name, and nothing else."""

import re
from urllib.parse import urlsplit

import pytest

from infra.constructs.placement import Placement, Reach, UnreachableError
from local.paths import ROOT
from localstack_runtime.authorization.policies import Request, allows
from rideflow.kernel import aws
from tests.infra.handlers import Handler, handlers
from tests.infra.network import INTERNET_IPV6, Network
from tests.infra.policies import ACCOUNT, REGION, resolved
from tests.infra.synthesis import Json, Resource, Synthesis, listed


def test_nothing_in_the_vpc_has_a_public_address_or_a_nat_gateway(each_stage: Synthesis) -> None:
    subnets = each_stage.of_type("AWS::EC2::Subnet")

    assert len(subnets) == 2
    assert not any(subnet.properties["MapPublicIpOnLaunch"] for subnet in subnets)
    assert not each_stage.of_type("AWS::EC2::NatGateway")
    assert not each_stage.of_type("AWS::EC2::InternetGateway")
    assert {each.properties["VpcEndpointType"] for each in each_stage.of_type("AWS::EC2::VPCEndpoint")} == {"Gateway"}


_REACHED_FOR = {
    "database": {("AWS::RDS::DBProxy", "tcp 5432")},
    "migrator": {("AWS::RDS::DBCluster", "tcp 5432"), (INTERNET_IPV6, "tcp 443")},
    "redis": {("AWS::ElastiCache::ReplicationGroup", "tcp 6379")},
    **{
        need: {("s3", "tcp 443"), ("dynamodb", "tcp 443")}
        for need in ("deployment_answers", "locations", "person_keys")
    },
    **{
        need: {(INTERNET_IPV6, "tcp 443")}
        for need in ("channel", "dispatch", "event_bus", "heartbeat", "posts", "states", "stripe")
    },
    "realtime": {("s3", "tcp 443"), ("dynamodb", "tcp 443"), (INTERNET_IPV6, "tcp 443")},
    "supply": set(),
}
"""By need of a handler. Security groups do not tell S3 from DynamoDB: the policies of endpoints and roles do."""
IN_VPC = [handler for handler in handlers() if handler.needs & {"database", "migrator", "redis"}]
EACH_IN_VPC = pytest.mark.parametrize("handler", IN_VPC, ids=lambda handler: ".".join(handler.key))


@pytest.fixture(scope="module")
def network(prod: Synthesis) -> Network:
    return Network(prod)


@EACH_IN_VPC
def test_a_function_in_the_vpc_reaches_exactly_what_its_needs_name(
    handler: Handler, prod: Synthesis, network: Network
) -> None:
    wanted = {target for need in handler.needs for target in _REACHED_FOR[need]}

    assert network.reaches(prod.functions[handler.key]) == wanted


def test_every_stage_has_the_same_network_but_for_a_proxy(each_stage: Synthesis) -> None:
    """Without one functions reach the cluster, and the table in which they count their sessions."""
    network, reached_for = Network(each_stage), _REACHED_FOR
    if not each_stage.of_type("AWS::RDS::DBProxy"):
        at_the_cluster = {("AWS::RDS::DBCluster", "tcp 5432"), ("s3", "tcp 443"), ("dynamodb", "tcp 443")}
        reached_for = _REACHED_FOR | {"database": at_the_cluster}
    for handler in IN_VPC:
        wanted = {target for need in handler.needs for target in reached_for[need]}
        assert network.reaches(each_stage.functions[handler.key]) == wanted


def test_the_database_and_redis_let_in_nobody_but_those_who_need_them(prod: Synthesis, network: Network) -> None:
    """The cluster lets in its proxy and the migrator."""
    inward = [(rule.group, rule.peer) for rule in network.ingress]
    callers = {peer for _, peer in inward}
    groups = {f"resource:{each.stack}/{each.logical_id}" for each in prod.of_type("AWS::EC2::SecurityGroup")}

    assert len(inward) == 4  # to the proxy, from proxy and migrator to the cluster, to Redis
    assert callers <= groups


def test_functions_share_few_network_interfaces(prod: Synthesis, network: Network) -> None:
    """Lambda makes one for each subnet and set of groups; a VPC has room for 500 by default (Lambda quotas)."""
    sets = {network.groups_of(prod.functions[handler.key]) for handler in IN_VPC}

    assert len(sets) * len(prod.of_type("AWS::EC2::Subnet")) <= 24


# What functions call is taken from their roles; by which host, from botocore under the function's own environment.

_BY_LAMBDA = {"ec2", "kms", "logs", "xray"}
"""Lambda itself uses these in the function's name; keys are used by S3 and Secrets Manager."""
_CLIENTS = {
    "dynamodb": "dynamodb",
    "events": "events",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sqs": "sqs",
    "states": "stepfunctions",
}


@EACH_IN_VPC
def test_each_service_that_a_function_in_the_vpc_calls_has_an_address_that_it_reaches(
    handler: Handler, prod: Synthesis, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = prod.functions[handler.key]
    reached = {target for target, _ in network.reaches(function)}
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    if (told := function.properties["Environment"]["Variables"].get("AWS_USE_DUALSTACK_ENDPOINT")) is not None:
        monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", told)
    for service in _called(function, prod):
        match service:
            case "elasticache" | "rds-db":
                continue  # tokens are made without a call: the test after this one
            case "execute-api":
                assert _is_dual_stack(function, prod)
                way = INTERNET_IPV6
            case _:
                way = _way_to(urlsplit(aws.client(_CLIENTS[service]).meta.endpoint_url).hostname or "")
        assert way in reached, (service, way)


def _way_to(host: str) -> str:
    """Hosts of `api.aws` have IPv6 addresses (AWS General Reference, "Dual stack endpoints"), others may have none."""
    if host.endswith(f".{REGION}.api.aws"):
        return INTERNET_IPV6
    return host.removesuffix(".amazonaws.com").removesuffix(f".{REGION}")


def _called(function: Resource, synthesis: Synthesis) -> set[str]:
    """Services by the prefixes of their actions. Queues are read, and runs that failed are told of, by Lambda."""
    role = function.properties["Role"]["Fn::GetAtt"][0]
    dead_letters = function.properties.get("DeadLetterConfig", {}).get("TargetArn")
    called = set()
    for statement in synthesis.statements(function.stack, role):
        for action in listed(statement["Action"]):
            service, _, verb = action.partition(":")
            if service == "sqs" and (verb != "SendMessage" or statement["Resource"] == dead_letters):
                continue
            called.add(service)
    return called - _BY_LAMBDA


def _is_dual_stack(function: Resource, synthesis: Synthesis) -> bool:
    """Whether frames are pushed by an API that has IPv6 addresses."""
    told = function.properties["Environment"]["Variables"]
    endpoint = str(resolved(told.get("REALTIME_ENDPOINT", told.get("POSTS_ENDPOINT")), function.stack, synthesis))
    (api,) = synthesis.of_type("AWS::ApiGatewayV2::Api")
    return f"{api.stack}/{api.logical_id}.execute-api" in endpoint and api.properties["IpAddressType"] == "dualstack"


def test_a_token_for_the_database_is_made_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    token = aws.client("rds").generate_db_auth_token(DBHostname="proxy.example", Port=5432, DBUsername="functions")

    assert token.startswith("proxy.example:5432/?Action=connect&DBUser=functions&")


def test_clients_of_aws_are_made_in_one_place_and_cognito_s_outside_the_vpc() -> None:
    """A client made elsewhere could ask for a host that the VPC does not reach."""
    layer = ROOT / "layers" / "rideflow" / "python" / "rideflow"
    sources = [*layer.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    making = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if re.search(r"boto3\.(client|resource|Session|session)", path.read_text(encoding="utf-8"))
    }

    assert {path.rpartition("rideflow/")[2] for path in making} == {"kernel/aws.py", "identity/cognito.py"}
    assert not [handler.key for handler in IN_VPC if "identity" in handler.needs]


def test_a_function_that_calls_stripe_lies_outside_the_vpc() -> None:
    """Stripe has no IPv6 address. The webhook's function has its secret to verify signatures, and never calls it."""
    with_secret = {handler.key for handler in IN_VPC if "stripe" in handler.needs}

    assert with_secret == {("payments", "receive_stripe_webhook")}


def test_a_function_in_the_vpc_that_would_call_a_host_without_an_ipv6_address_is_refused() -> None:
    groups = {Reach.DATABASE: object(), Reach.IPV6: object()}
    placement = Placement(object(), object(), groups)  # type: ignore[arg-type]

    assert placement.groups_for("f", {Reach.DATABASE}) == [groups[Reach.DATABASE]]
    with pytest.raises(UnreachableError, match="hosts without an IPv6 address"):
        placement.groups_for("f", {Reach.DATABASE, Reach.IPV4})


# Policies of the gateway endpoints.


def _endpoint_policies(synthesis: Synthesis) -> list[Json]:
    return [
        resolved(each.properties["PolicyDocument"], each.stack, synthesis)
        for each in synthesis.of_type("AWS::EC2::VPCEndpoint")
    ]


def _asked_of_stores(synthesis: Synthesis) -> set[tuple[str, str]]:
    """What functions in the VPC may do with tables and buckets."""
    asked = set()
    for handler in IN_VPC:
        function = synthesis.functions[handler.key]
        for statement in synthesis.statements(function.stack, function.properties["Role"]["Fn::GetAtt"][0]):
            asked |= {
                (action, str(resolved(resource, function.stack, synthesis)))
                for action in listed(statement["Action"])
                if action.startswith(("dynamodb:", "s3:"))
                for resource in listed(statement["Resource"])
            }
    return asked


def test_gateway_endpoints_let_out_what_functions_in_the_vpc_ask_of_our_own_stores_and_nothing_else(
    each_stage: Synthesis,
) -> None:
    policies = _endpoint_policies(each_stage)
    us, others = ("AWS", f"arn:aws:iam::{ACCOUNT}:role/any"), ("AWS", "arn:aws:iam::444455556666:role/any")
    asked = _asked_of_stores(each_stage)
    granted = {
        (action, resource)
        for policy in policies
        for statement in policy["Statement"]
        if "Condition" in statement
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert len(policies) == 2
    assert granted == asked != set()
    for action, resource in asked:
        thing = resource.replace("*", "paths/1")
        assert allows(policies, Request(us, action, thing, {"aws:principalaccount": ACCOUNT})), action
        assert not allows(policies, Request(others, action, thing, {"aws:principalaccount": "444455556666"})), action
        assert not allows(policies, Request(us, action, f"{thing}-other", {"aws:principalaccount": ACCOUNT})) or (
            resource.endswith("*")
        )


def test_a_migration_s_answer_reaches_cloudformation_and_no_other_bucket(each_stage: Synthesis) -> None:
    """It is signed by CloudFormation's own account."""
    policies = _endpoint_policies(each_stage)
    them, account = ("AWS", "arn:aws:iam::444455556666:role/cloudformation"), {"aws:principalaccount": "444455556666"}
    answer = "arn:aws:s3:::cloudformation-custom-resource-response-useast1/answer"

    assert allows(policies, Request(them, "s3:PutObject", answer, account))
    assert not allows(policies, Request(them, "s3:GetObject", answer, account))
    assert not allows(policies, Request(them, "s3:PutObject", "arn:aws:s3:::somebodys-bucket/answer", account))
