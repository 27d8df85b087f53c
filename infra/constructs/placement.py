"""Where functions lie: in the VPC if they need a store there, with a security group for each thing that they reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from aws_cdk import aws_ec2 as ec2


class Reach(Enum):
    """What a function opens connections to."""

    DATABASE = "PostgreSQL, by its proxy or without one"
    CLUSTER = "PostgreSQL, past its proxy"
    REDIS = "Redis"
    GATEWAY_ENDPOINTS = "S3 and DynamoDB, over IPv4"
    IPV6 = "services of AWS with an IPv6 address"
    IPV4 = "hosts without an IPv6 address"


ONLY_IN_VPC = frozenset({Reach.DATABASE, Reach.CLUSTER, Reach.REDIS})


class UnreachableError(ValueError):
    """A function in the VPC would call a host that nothing in the VPC reaches."""


@dataclass(frozen=True)
class Placement:
    """The network of functions that use the database or Redis. The VPC has no way to hosts that have IPv4 alone."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    groups: Mapping[Reach, ec2.ISecurityGroup]
    """Each opens one way. Functions with the same groups share network interfaces, one for each subnet."""

    def groups_for(self, function: str, reaches: Collection[Reach]) -> list[ec2.ISecurityGroup]:
        """The groups of a function. Raises `UnreachableError`."""
        if unreachable := [each for each in reaches if each not in self.groups]:
            told = ", ".join(each.value for each in unreachable)
            raise UnreachableError(f"{function} lies in the VPC, and nothing there reaches {told}")
        return [group for reach, group in self.groups.items() if reach in reaches]
