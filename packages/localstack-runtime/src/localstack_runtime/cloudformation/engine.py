"""Puts this package's types in front of LocalStack's own."""

from typing import Any

from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor

from . import (
    apigateway,
    apigatewayv2,
    cidr,
    cloudfront,
    cognito,
    custom,
    dynamodb,
    ec2,
    elasticache,
    events,
    monitoring,
    rds,
    references,
    s3,
    scheduler,
    secretsmanager,
    unknown,
    versions,
    wafv2,
)
from .resource import Registry, provider_for
from .updates import with_update

MODULES = (
    apigateway, apigatewayv2, cloudfront, cognito, custom, dynamodb, ec2, elasticache, events, monitoring, rds,
    scheduler, secretsmanager, versions, wafv2,
)  # fmt: skip
CUSTOM = "AWS::CloudFormation::CustomResource"


def registry() -> Registry:
    """Every type of this package."""
    collected = Registry()
    for module in MODULES:
        collected.add(*module.TYPES)
    return collected


def install() -> None:
    """Make the engine look here first. Entry points do not suffice: they cannot replace an existing type."""
    ours = registry()
    theirs = ResourceProviderExecutor.try_load_resource_provider

    def load(resource_type: str) -> Any:
        kind = ours.types.get(CUSTOM if resource_type.startswith("Custom::") else resource_type)
        if kind:
            return provider_for(kind)
        provider = s3.with_encryption(resource_type, theirs(resource_type))
        return ec2.with_ipv6(resource_type, with_update(resource_type, provider))

    ResourceProviderExecutor.try_load_resource_provider = staticmethod(load)
    cidr.install()
    custom.install()
    references.install()
    unknown.install()
