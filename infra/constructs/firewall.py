"""AWS WAF before the REST API."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.kernel.limits import PER_ADDRESS, PER_PERSON, READS, WRITES, Limit
from rideflow.kernel.problems import problem
from rideflow.kernel.rest import MAX_BODY_BYTES

WINDOW_S = 300
"""Requests are counted over the last five minutes."""
PEOPLE_PER_ADDRESS = 5_000
"""A carrier puts so many phones behind one address, by assumption."""
REQUESTS_OF_A_PERSON = 20
"""In the window, while they ride or drive. Positions and news of a trip are WebSocket frames: no firewall sees them."""
SIGN_IN = tuple(f"POST /v1/auth/{name}" for name in ("register", "confirm", "login"))
"""What a password, a code or an account can be guessed with."""


def most(limits: Iterable[Limit]) -> int:
    """The requests that token buckets let through in the window: each full at first, and filled all the time."""
    return sum(limit.burst + math.ceil(limit.burst * WINDOW_S / limit.period_s) for limit in limits)


PER_ADDRESS_AND_WINDOW = PEOPLE_PER_ADDRESS * REQUESTS_OF_A_PERSON
PER_CALLER_AND_WINDOW = max(most([limit]) for limit in (READS, WRITES, *PER_PERSON.values()))
"""The widest operation's limit. A person who fills another operation's beside it is no app of ours."""
SIGN_INS_PER_ADDRESS_AND_WINDOW = most(PER_ADDRESS[operation] for operation in SIGN_IN)
"""What the contract lets an address do: the firewall refuses what functions would refuse, before one is started."""

_WAIT_S = str(WINDOW_S)
_TOO_MANY = "TooManyRequests"
_COMMON = "AWSManagedRulesCommonRuleSet"
_KNOWN_BAD = "AWSManagedRulesKnownBadInputsRuleSet"
_REPUTATION = "AWSManagedRulesAmazonIpReputationList"
_COUNTED = {
    _COMMON: (
        "SizeRestrictions_BODY",  # 8 KiB: a batch of positions and a provider's webhook are longer
        "CrossSiteScripting_BODY",  # passwords, comments and reasons are free text
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "NoUserAgent_HEADER",  # the contract asks for none
    ),
}
"""Rules that would stop what the contract allows. They are counted and stop nothing: functions read bodies strictly,
have limits of their own, and use no text of a body as HTML, a path or an address."""


class WebFirewall(Construct):
    """AWS's managed rules, and limits for each caller and each address (docs/adr/0140)."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, api_stage: apigateway.Stage) -> None:
        super().__init__(scope, construct_id)
        rules = [
            _limited("SignIns", SIGN_INS_PER_ADDRESS_AND_WINDOW, scope_down_statement=_any_of(SIGN_IN)),
            _limited("Callers", PER_CALLER_AND_WINDOW, aggregate_key_type="CUSTOM_KEYS", custom_keys=_CALLER),
            _limited("Addresses", PER_ADDRESS_AND_WINDOW),
            _managed(_COMMON),
            _managed(_KNOWN_BAD),
            # One bad phone gives everybody behind its carrier's address a bad name. A signed-in caller has a token.
            _managed(_REPUTATION, scope_down_statement=_any_of(SIGN_IN)),
        ]
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=resource_name(stage.name, "rest"),
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[rule(priority) for priority, rule in enumerate(rules)],
            # As much of a body as functions read: what is behind the default's 16 KB would not be inspected.
            association_config=wafv2.CfnWebACL.AssociationConfigProperty(
                request_body={
                    "API_GATEWAY": wafv2.CfnWebACL.RequestBodyAssociatedResourceTypeConfigProperty(
                        default_size_inspection_limit=_INSPECTED
                    )
                }
            ),
            custom_response_bodies={_TOO_MANY: _too_many()},
            visibility_config=_visible(resource_name(stage.name, "rest")),
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=api_stage.stage_arn, web_acl_arn=acl.attr_arn)


_INSPECTED = f"KB_{MAX_BODY_BYTES // 1024}"
_AS_IT_IS = wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
_DECODED = wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE")
_CALLER = [
    wafv2.CfnWebACL.RateBasedStatementCustomKeyProperty(ip={}),
    wafv2.CfnWebACL.RateBasedStatementCustomKeyProperty(
        header=wafv2.CfnWebACL.RateLimitHeaderProperty(name="authorization", text_transformations=[_AS_IT_IS])
    ),
]
"""An address and a token. Requests without a token are not counted by it."""

type _Rule = Callable[[int], wafv2.CfnWebACL.RuleProperty]
"""A rule that is not given its priority yet."""


def _limited(name: str, limit: int, *, aggregate_key_type: str = "IP", **options: Any) -> _Rule:
    statement = wafv2.CfnWebACL.RateBasedStatementProperty(
        aggregate_key_type=aggregate_key_type, limit=limit, evaluation_window_sec=WINDOW_S, **options
    )
    refusal = wafv2.CfnWebACL.CustomResponseProperty(
        response_code=429,
        custom_response_body_key=_TOO_MANY,
        response_headers=[wafv2.CfnWebACL.CustomHTTPHeaderProperty(name="Retry-After", value=_WAIT_S)],
    )
    return lambda priority: wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        action=wafv2.CfnWebACL.RuleActionProperty(block=wafv2.CfnWebACL.BlockActionProperty(custom_response=refusal)),
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=statement),
        visibility_config=_visible(name),
    )


def _any_of(operations: Iterable[str]) -> wafv2.CfnWebACL.StatementProperty:
    """Requests of these operations. Their addresses begin with the stage's name, or not below a domain of our own."""
    return wafv2.CfnWebACL.StatementProperty(
        or_statement=wafv2.CfnWebACL.OrStatementProperty(
            statements=[
                wafv2.CfnWebACL.StatementProperty(
                    byte_match_statement=wafv2.CfnWebACL.ByteMatchStatementProperty(
                        field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(uri_path={}),
                        positional_constraint="CONTAINS",
                        search_string=operation.partition(" ")[2],
                        text_transformations=[_DECODED],
                    )
                )
                for operation in operations
            ]
        )
    )


def _too_many() -> wafv2.CfnWebACL.CustomResponseBodyProperty:
    """The problem document that a function would send. AWS WAF has no content type for problem documents."""
    detail = "Too many requests from your address; please try again later."
    document = problem(429, "rate_limited", detail, retry_after_s=int(_WAIT_S))
    return wafv2.CfnWebACL.CustomResponseBodyProperty(content_type="APPLICATION_JSON", content=json.dumps(document))


def _managed(name: str, **options: Any) -> _Rule:
    counted = [
        wafv2.CfnWebACL.RuleActionOverrideProperty(
            name=rule, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
        )
        for rule in _COUNTED.get(name, ())
    ]
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=counted or None, **options
    )
    return lambda priority: wafv2.CfnWebACL.RuleProperty(
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
