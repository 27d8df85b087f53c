"""Puts this package's types in front of LocalStack's own."""

from typing import Any

from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor

from . import (
    apigateway,
    apigatewayv2,
    cidr,
    cognito,
    custom_resource,
    dynamodb,
    ec2,
    elasticache,
    monitoring,
    rds,
    scheduler,
    secretsmanager,
    wafv2,
)
from .resource import Registry, provider_for
from .updates import with_update

MODULES = (
    apigateway, apigatewayv2, cognito, dynamodb, ec2, elasticache, monitoring, rds, scheduler, secretsmanager, wafv2,
)  # fmt: skip


def registry() -> Registry:
    """Every type of this package."""
    collected = Registry()
    for module in MODULES:
        collected.add(*module.TYPES)
    return collected


def install() -> None:
    """Have the engine ask here first. Entry points cannot do that: they cannot replace a type that exists."""
    cidr.install()
    ours, custom = registry(), custom_resource.CustomResource()
    theirs = ResourceProviderExecutor.try_load_resource_provider

    def load(resource_type: str) -> Any:
        kind = custom if resource_type.startswith(custom_resource.PREFIX) else ours.types.get(resource_type)
        return (
            provider_for(kind)
            if kind
            else ec2.with_ipv6(resource_type, with_update(resource_type, theirs(resource_type)))
        )

    ResourceProviderExecutor.try_load_resource_provider = staticmethod(load)
