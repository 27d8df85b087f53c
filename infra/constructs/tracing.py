"""The share of requests that X-Ray records."""

from __future__ import annotations

from aws_cdk import aws_xray as xray
from constructs import Construct

from infra.constructs.naming import resource_name
from infra.stages import Stage

_PRIORITY = 100
"""Rules of lower numbers come first; the account's own default rule comes last."""
_EACH_SECOND = 1
"""Requests a second that are recorded in any case, of all that the rule matches."""


class Sampling(Construct):
    """Applies to what begins a trace: REST calls and sagas, whose names in traces begin with the stage's prefix.

    Functions pass decisions on and make none. A WebSocket API decides nothing, so that positions leave no trace.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        xray.CfnSamplingRule(
            self,
            "Rule",
            sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
                rule_name=resource_name(stage.name, "traces"),
                priority=_PRIORITY,
                reservoir_size=_EACH_SECOND,
                fixed_rate=stage.traced_share,
                service_name=resource_name(stage.name, "*"),
                service_type="*",
                resource_arn="*",
                host="*",
                http_method="*",
                url_path="*",
                version=1,
            ),
        )
