"""The provisioned resources of a stage, read from its synthesised templates."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.assembly import build
from infra.constructs.naming import resource_name
from infra.stages import STAGES

type Json = dict[str, Any]
type Operation = tuple[str, str]
"""Context and operation, such as `("trips", "request_trip")`."""

MINUTES_PER_MONTH = 730 * 60
_RATES = {
    "rate(1 minute)": MINUTES_PER_MONTH,
    "rate(5 minutes)": MINUTES_PER_MONTH // 5,
    "rate(10 minutes)": MINUTES_PER_MONTH // 10,
    "rate(1 hour)": MINUTES_PER_MONTH // 60,
}


@dataclass(frozen=True)
class Provisioned:
    """The parts of a stage that cost something, or that determine the use of a ride."""

    stage: str
    endpoint_zones: int
    """Interface endpoints, each counted once for every zone it is in."""
    nat_gateways: int
    kms_keys: int
    secrets: int
    alarms: int
    web_acls: int
    web_acl_rules: int
    database_instances: int
    database_min_acu: float
    database_max_acu: float
    database_proxies: int
    redis_node_type: str
    redis_nodes: int
    routes: int
    """REST methods and WebSocket routes."""
    polled_queues: int
    memory_mb: Mapping[Operation, int]
    runs_per_month: Mapping[Operation, int]
    """Runs of functions with a schedule."""
    subscribers: Mapping[tuple[str, str], tuple[Operation, ...]]
    """The consumers of an event, by its source and type."""
    hear_every_event: tuple[Operation, ...]
    log_retention_days: int


def templates(stage: str) -> list[Json]:
    """The stage's stacks, synthesised offline."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder)
        build(app, STAGES[stage])
        return [json.loads(Path(stack.template_full_path).read_text("utf-8")) for stack in app.synth().stacks]


def provisioned(stage: str, stacks: list[Json]) -> Provisioned:
    of = _Resources(stacks)
    redis = of.one("AWS::ElastiCache::ReplicationGroup")
    scaling = of.one("AWS::RDS::DBCluster")["ServerlessV2ScalingConfiguration"]
    firewalls = of.every("AWS::WAFv2::WebACL")
    return Provisioned(
        stage=stage,
        endpoint_zones=sum(len(each.get("SubnetIds", [])) for each in of.every("AWS::EC2::VPCEndpoint")),
        nat_gateways=len(of.every("AWS::EC2::NatGateway")),
        kms_keys=len(of.every("AWS::KMS::Key")),
        secrets=len(of.every("AWS::SecretsManager::Secret")),
        alarms=len(of.every("AWS::CloudWatch::Alarm")),
        web_acls=len(firewalls),
        web_acl_rules=sum(len(acl["Rules"]) for acl in firewalls),
        database_instances=len(of.every("AWS::RDS::DBInstance")),
        database_min_acu=scaling["MinCapacity"],
        database_max_acu=scaling["MaxCapacity"],
        database_proxies=len(of.every("AWS::RDS::DBProxy")),
        redis_node_type=redis["CacheNodeType"],
        redis_nodes=redis["NumNodeGroups"] * (1 + redis["ReplicasPerNodeGroup"]),
        routes=_methods(of.one("AWS::ApiGateway::RestApi")) + len(of.every("AWS::ApiGatewayV2::Route")),
        polled_queues=len(of.every("AWS::Lambda::EventSourceMapping")),
        memory_mb={
            _operation(stage, function["FunctionName"]): function["MemorySize"]
            for function in of.every("AWS::Lambda::Function")
        },
        runs_per_month={
            _operation(stage, schedule["Name"]): _RATES[schedule["ScheduleExpression"]]
            for schedule in of.every("AWS::Scheduler::Schedule")
        },
        subscribers=_subscribers(stage, of.every("AWS::Events::Rule")),
        hear_every_event=tuple(
            _operation(stage, rule["Name"])
            for rule in of.every("AWS::Events::Rule")
            if "detail-type" not in rule["EventPattern"]
        ),
        log_retention_days=STAGES[stage].log_retention_days,
    )


class _Resources:
    def __init__(self, stacks: list[Json]) -> None:
        self._all = [resource for stack in stacks for resource in stack.get("Resources", {}).values()]

    def every(self, kind: str) -> list[Json]:
        """The properties of all resources of the type."""
        return [resource.get("Properties", {}) for resource in self._all if resource["Type"] == kind]

    def one(self, kind: str) -> Json:
        (found,) = self.every(kind)
        return found


def _methods(rest_api: Json) -> int:
    """The methods of the document from which API Gateway makes the API."""
    return sum(len(operations) for operations in rest_api["Body"]["paths"].values())


def _operation(stage: str, name: str) -> Operation:
    """A function, its schedule and its rule share one name."""
    context, operation = name.removeprefix(resource_name(stage, "")).split("-", 1)
    return context, operation


def _subscribers(stage: str, rules: list[Json]) -> dict[tuple[str, str], tuple[Operation, ...]]:
    found: dict[tuple[str, str], tuple[Operation, ...]] = {}
    for rule in rules:
        for event in _events(rule.get("EventPattern", {})):
            found[event] = (*found.get(event, ()), _operation(stage, rule["Name"]))
    return found


def _events(pattern: Json) -> Iterator[tuple[str, str]]:
    """Source and type of the events that a rule lets through, if it names types."""
    for source in pattern.get("source", []):
        for kind in pattern.get("detail-type", []):
            yield source, kind
