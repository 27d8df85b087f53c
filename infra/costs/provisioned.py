"""The provisioned resources of a stage, read from its synthesised templates."""

from __future__ import annotations

import json
import re
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

_MINUTES_PER_MONTH = 730 * 60
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_DEFAULT_SAMPLING = (1, 0.05)
"""X-Ray's own rule: the first of each second, and of the others this share."""


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
    alarm_metrics: int
    """An alarm of an expression is charged for each metric that the expression reads."""
    web_acls: int
    web_acl_rules: int
    database_instances: int
    database_min_acu: float
    database_max_acu: float
    database_proxies: int
    """RDS Proxies; with one the database does not pause."""
    redis_engine: str
    redis_node_type: str
    redis_nodes: int
    traced_each_s: int
    traced_share: float
    """Of what begins a trace: those of each second that are recorded in any case, and the share of the others."""
    polled_queues: int
    memory_mb: Mapping[Operation, int]
    runs_per_month: Mapping[Operation, int]
    """Runs of functions with a schedule."""
    subscribers: Mapping[tuple[str, str], tuple[Operation, ...]]
    """The consumers of an event, by its source and type."""
    hear_every_event: tuple[Operation, ...]
    log_retention_days: int
    distributions: int
    """Of CloudFront, each before the files of a site."""

    @property
    def database_pauses(self) -> bool:
        return self.database_min_acu == 0


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
    traced_each_s, traced_share = _sampling(of.every("AWS::XRay::SamplingRule"))
    return Provisioned(
        stage=stage,
        endpoint_zones=sum(len(each.get("SubnetIds", [])) for each in of.every("AWS::EC2::VPCEndpoint")),
        nat_gateways=len(of.every("AWS::EC2::NatGateway")),
        kms_keys=len(of.every("AWS::KMS::Key")),
        secrets=len(of.every("AWS::SecretsManager::Secret")),
        alarms=len(of.every("AWS::CloudWatch::Alarm")),
        alarm_metrics=sum(map(_metrics, of.every("AWS::CloudWatch::Alarm"))),
        web_acls=len(firewalls),
        web_acl_rules=sum(len(acl["Rules"]) for acl in firewalls),
        database_instances=len(of.every("AWS::RDS::DBInstance")),
        database_min_acu=scaling["MinCapacity"],
        database_max_acu=scaling["MaxCapacity"],
        database_proxies=len(of.every("AWS::RDS::DBProxy")),
        redis_engine=redis["Engine"],
        redis_node_type=redis["CacheNodeType"],
        redis_nodes=redis["NumNodeGroups"] * (1 + redis["ReplicasPerNodeGroup"]),
        traced_each_s=traced_each_s,
        traced_share=traced_share,
        polled_queues=len(of.every("AWS::Lambda::EventSourceMapping")),
        memory_mb={
            _operation(stage, function["FunctionName"]): function["MemorySize"]
            for function in of.every("AWS::Lambda::Function")
        },
        runs_per_month={
            _operation(stage, schedule["Name"]): runs_per_month(schedule["ScheduleExpression"])
            for schedule in of.every("AWS::Scheduler::Schedule")
        },
        subscribers=_subscribers(stage, of.every("AWS::Events::Rule")),
        hear_every_event=tuple(
            _operation(stage, rule["Name"])
            for rule in of.every("AWS::Events::Rule")
            if "detail-type" not in rule["EventPattern"]
        ),
        log_retention_days=STAGES[stage].log_retention_days,
        distributions=len(of.every("AWS::CloudFront::Distribution")),
    )


def runs_per_month(expression: str) -> int:
    """Of a schedule such as `rate(5 minutes)`. Raises `ValueError` for one of another kind."""
    found = _RATE.fullmatch(expression)
    if found is None:
        raise ValueError(f"a schedule is no rate: {expression}")
    return _MINUTES_PER_MONTH // (int(found[1]) * _MINUTES[found[2]])


def _metrics(alarm: Json) -> int:
    return sum("MetricStat" in each for each in alarm["Metrics"]) if "Metrics" in alarm else 1


def _sampling(rules: list[Json]) -> tuple[int, float]:
    if not rules:
        return _DEFAULT_SAMPLING
    (rule,) = (each["SamplingRule"] for each in rules)
    return rule["ReservoirSize"], rule["FixedRate"]


class _Resources:
    def __init__(self, stacks: list[Json]) -> None:
        self._all = [resource for stack in stacks for resource in stack.get("Resources", {}).values()]

    def every(self, kind: str) -> list[Json]:
        """The properties of all resources of the type."""
        return [resource.get("Properties", {}) for resource in self._all if resource["Type"] == kind]

    def one(self, kind: str) -> Json:
        (found,) = self.every(kind)
        return found


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
