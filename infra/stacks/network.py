"""The VPC: private subnets only, and no NAT gateway."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import retention
from infra.constructs.naming import resource_name
from infra.constructs.placement import Placement, Reach
from infra.stacks.base import StageStack
from infra.stages import Stage

POSTGRES_PORT = 5432
REDIS_PORT = 6379
_HTTPS = ec2.Port.tcp(443)
_NOTHING_OUT = {
    "CidrIp": "255.255.255.255/32",
    "Description": "Let nothing out that no other rule lets out",
    "IpProtocol": "icmp",
    "FromPort": 252,
    "ToPort": 86,
}
"""CDK writes the same into groups that have no rule at all: a kind of message that does not exist, to no address."""


class NetworkStack(StageStack):
    """Two zones, dual-stack, isolated over IPv4.

    Functions in it reach S3 and DynamoDB by the gateway endpoints of the data stack; EventBridge, SQS, Step Functions,
    Secrets Manager and the WebSocket API's management address over IPv6 through an egress-only gateway (docs/adr/0041,
    docs/adr/0139).
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "network", stage, "VPC, endpoints and who may talk to whom")
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = self._vpc()
        self._leave_over_ipv6()
        self.database = self._group_to_groups("Database", "RDS Proxy, or the database itself where there is none")
        self.redis = self._group("Redis", "ElastiCache")
        self._reaching = self._groups_of_functions()
        self.migrator = self._reaching[Reach.CLUSTER]

    @property
    def placement(self) -> Placement:
        return Placement(self.vpc, self.subnets, self._reaching)

    def _vpc(self) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            ip_protocol=ec2.IpProtocol.DUAL_STACK,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20)
            ],
        )
        refused = logs.LogGroup(
            self,
            "RefusedTraffic",
            log_group_name=f"/aws/vpc/{resource_name(self.stage.name)}",
            retention=retention(self.stage.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        vpc.add_flow_log(
            "Refused",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(refused),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        return vpc

    def _leave_over_ipv6(self) -> None:
        """CDK makes the gateway for a dual-stack VPC, and routes to it from subnets that also have a NAT gateway."""
        gateway = self.vpc.node.find_child("EIGW6")
        assert isinstance(gateway, ec2.CfnEgressOnlyInternetGateway)
        for number, subnet in enumerate(self.vpc.isolated_subnets):
            ec2.CfnRoute(
                self,
                f"LeaveOverIpv6{number}",
                route_table_id=subnet.route_table.route_table_id,
                destination_ipv6_cidr_block="::/0",
                egress_only_internet_gateway_id=gateway.attr_id,
            )

    def _group(self, name: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, name, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _group_to_groups(self, name: str, description: str) -> ec2.SecurityGroup:
        """A group whose rules lead to other groups. CDK makes such a rule a resource of its own.

        EC2 gives a group whose resource has no outbound rule one that lets everything out.
        """
        group = self._group(name, description)
        resource = group.node.default_child
        assert isinstance(resource, ec2.CfnSecurityGroup)
        resource.add_property_override("SecurityGroupEgress", [_NOTHING_OUT])
        return group

    def _groups_of_functions(self) -> dict[Reach, ec2.SecurityGroup]:
        """A group for each thing that functions reach, which opens the way to it and no other."""
        groups = {
            Reach.DATABASE: self._group_to_groups("ToDatabase", "Functions that use the database"),
            Reach.CLUSTER: self._group_to_groups("ToCluster", "The function that migrates the database"),
            Reach.REDIS: self._group_to_groups("ToRedis", "Functions that use Redis"),
            Reach.GATEWAY_ENDPOINTS: self._group("ToGatewayEndpoints", "Functions that use S3 or DynamoDB"),
            Reach.IPV6: self._group("ToAws", "Functions that call AWS over IPv6"),
        }
        groups[Reach.DATABASE].connections.allow_to(
            self.database, ec2.Port.tcp(POSTGRES_PORT), "to the proxy, or to the database"
        )
        groups[Reach.REDIS].connections.allow_to(self.redis, ec2.Port.tcp(REDIS_PORT), "to Redis")
        # Prefix lists of gateway endpoints have an id of their own in each region; routes over IPv4 lead nowhere else.
        groups[Reach.GATEWAY_ENDPOINTS].add_egress_rule(ec2.Peer.any_ipv4(), _HTTPS, "by the gateway endpoints")
        groups[Reach.IPV6].add_egress_rule(ec2.Peer.any_ipv6(), _HTTPS, "by the egress-only gateway")
        return groups
