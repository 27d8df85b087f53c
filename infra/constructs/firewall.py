"""AWS WAF before the REST API."""

from __future__ import annotations

import json

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.kernel.problems import problem

_REQUESTS_PER_ADDRESS = 2000
"""In five minutes. A driver's phone sends positions by WebSocket; a whole office behind one address stays below."""
_WAIT_S = "300"
_TOO_MANY = "TooManyRequests"
_COMMON = "AWSManagedRulesCommonRuleSet"
_LONG_BODIES_PASS = [
    wafv2.CfnWebACL.RuleActionOverrideProperty(
        name="SizeRestrictions_BODY", action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
    )
]
"""It stops bodies of 8 KiB. A batch of positions and a provider's webhook are longer; functions know their limits."""
_MANAGED = (
    _COMMON,
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
            custom_response_bodies={_TOO_MANY: _too_many()},
            visibility_config=_visible(resource_name(stage.name, "rest")),
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=api_stage.stage_arn, web_acl_arn=acl.attr_arn)


def _rate_limit() -> wafv2.CfnWebACL.RuleProperty:
    limit = wafv2.CfnWebACL.RateBasedStatementProperty(aggregate_key_type="IP", limit=_REQUESTS_PER_ADDRESS)
    return wafv2.CfnWebACL.RuleProperty(
        name="RateLimit",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(
                custom_response=wafv2.CfnWebACL.CustomResponseProperty(
                    response_code=429,
                    custom_response_body_key=_TOO_MANY,
                    response_headers=[wafv2.CfnWebACL.CustomHTTPHeaderProperty(name="Retry-After", value=_WAIT_S)],
                )
            )
        ),
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=limit),
        visibility_config=_visible("RateLimit"),
    )


def _too_many() -> wafv2.CfnWebACL.CustomResponseBodyProperty:
    """The problem document that a function would send. AWS WAF has no content type for problem documents."""
    detail = "Too many requests from your address; please try again later."
    document = problem(429, "rate_limited", detail, retry_after_s=int(_WAIT_S))
    return wafv2.CfnWebACL.CustomResponseBodyProperty(content_type="APPLICATION_JSON", content=json.dumps(document))


def _managed(name: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=_LONG_BODIES_PASS if name == _COMMON else None
    )
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
