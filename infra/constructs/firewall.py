"""AWS WAF before the REST API."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.constructs.naming import resource_name
from infra.stages import Stage

_REQUESTS_PER_ADDRESS = 2000
"""In five minutes. A driver's phone sends positions by WebSocket; a whole office behind one address stays below."""
_MANAGED = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
)


class WebFirewall(Construct):
    """AWS's managed rules, and a rate limit for each address."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, api_stage: apigateway.Stage) -> None:
        super().__init__(scope, construct_id)
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=resource_name(stage.name, "rest"),
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[_rate_limit(), *(_managed(name, priority) for priority, name in enumerate(_MANAGED, start=1))],
            visibility_config=_visible(resource_name(stage.name, "rest")),
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=api_stage.stage_arn, web_acl_arn=acl.attr_arn)


def _rate_limit() -> wafv2.CfnWebACL.RuleProperty:
    limit = wafv2.CfnWebACL.RateBasedStatementProperty(aggregate_key_type="IP", limit=_REQUESTS_PER_ADDRESS)
    return wafv2.CfnWebACL.RuleProperty(
        name="RateLimit",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=limit),
        visibility_config=_visible("RateLimit"),
    )


def _managed(name: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(vendor_name="AWS", name=name)
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_visible(name),
    )


def _visible(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
