"""The VPC: private subnets only, endpoints to AWS, and no NAT gateway."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.function import Placement
from infra.constructs.logs import retention
from infra.constructs.naming import resource_name
from infra.stacks.base import StageStack
from infra.stages import Stage

POSTGRES_PORT = 5432
REDIS_PORT = 6379
_HTTPS = ec2.Port.tcp(443)


class NetworkStack(StageStack):
    """Two zones, dual-stack, isolated over IPv4.

    Functions in it reach S3 and DynamoDB by gateway endpoints; EventBridge, SQS, Step Functions and Secrets Manager by
    interface endpoints; and the WebSocket API's management address, which no endpoint serves, over IPv6 through an
    egress-only gateway (docs/adr/0041).
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "network", stage, "VPC, endpoints and who may talk to whom")
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = self._vpc()
        self._leave_over_ipv6()
        self.functions = self._group("Functions", "Functions that use the database or Redis")
        self.migrator = self._group("Migrator", "The function that migrates the database, past its proxy")
        self.proxy = self._group("DatabaseProxy", "RDS Proxy")
        self.redis = self._group("Redis", "ElastiCache")
        self._open_what_is_needed()
        self._endpoints()

    @property
    def placement(self) -> Placement:
        return Placement(self.vpc, self.subnets, self.functions, self.migrator)

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
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDB": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
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

    def _open_what_is_needed(self) -> None:
        self.functions.connections.allow_to(self.proxy, ec2.Port.tcp(POSTGRES_PORT), "to the database, by its proxy")
        self.functions.connections.allow_to(self.redis, ec2.Port.tcp(REDIS_PORT), "to Redis")
        for group in (self.functions, self.migrator):
            group.add_egress_rule(ec2.Peer.any_ipv4(), _HTTPS, "to AWS by the VPC endpoints: no other IPv4 route")
        self.functions.add_egress_rule(ec2.Peer.any_ipv6(), _HTTPS, "to the WebSocket API")

    def _endpoints(self) -> None:
        services = {
            "Events": ec2.InterfaceVpcEndpointAwsService.EVENTBRIDGE,
            "Sqs": ec2.InterfaceVpcEndpointAwsService.SQS,
            "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            "States": ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
        }
        group = self._group("Endpoints", "Interface endpoints")
        group.connections.allow_from(self.functions, _HTTPS, "from functions")
        group.connections.allow_from(self.migrator, _HTTPS, "from the migrator")
        for name, service in services.items():
            self.vpc.add_interface_endpoint(
                name, service=service, subnets=self.subnets, security_groups=[group], open=False
            )
