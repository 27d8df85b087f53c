"""`AWS::EC2`: the parts of a network that LocalStack's open-source release has no type for."""

import uuid
from dataclasses import dataclass
from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent, ResourceRequest

from .resource import Properties, Recorded, Request, ResourceType


@dataclass(frozen=True)
class ElasticIp:
    """An address for a NAT gateway."""

    type_name: str = "AWS::EC2::EIP"
    identifier: str = "PublicIp"
    create_only: tuple[str, ...] = ("Domain",)

    def create(self, request: Request) -> Properties:
        """Always in a VPC: there is no other kind any more."""
        address = request.client("ec2").allocate_address(Domain="vpc")
        return {"PublicIp": address["PublicIp"], "AllocationId": address["AllocationId"]}

    def update(self, request: Request) -> Properties:
        """Only tags could have changed."""
        return {name: request.previous[name] for name in ("PublicIp", "AllocationId")}

    def delete(self, request: Request) -> None:
        """Give it back."""
        request.client("ec2").release_address(AllocationId=request.previous["AllocationId"])


@dataclass(frozen=True)
class SecurityGroupRule:
    """One rule of a security group, in or out."""

    type_name: str
    direction: str
    identifier: str = "Id"
    create_only: tuple[str, ...] = (
        "GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
    )  # fmt: skip

    def create(self, request: Request) -> Properties:
        """Nothing enforces it: functions are processes and reach everything on this machine."""
        self._change(request, "authorize", request.properties)
        return {"Id": f"sgr-{uuid.uuid4().hex[:17]}"}

    def update(self, request: Request) -> Properties:
        """Only its description could have changed."""
        return {"Id": request.previous["Id"]}

    def delete(self, request: Request) -> None:
        """Take the rule back."""
        self._change(request, "revoke", request.previous)

    def _change(self, request: Request, verb: str, rule: Properties) -> None:
        permission: Properties = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
        if cidr := rule.get("CidrIp"):
            permission["IpRanges"] = [{"CidrIp": cidr}]
        if cidr := rule.get("CidrIpv6"):
            permission["Ipv6Ranges"] = [{"CidrIpv6": cidr}]
        if peer := rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId"):
            permission["UserIdGroupPairs"] = [{"GroupId": peer}]
        operation = getattr(request.client("ec2"), f"{verb}_security_group_{self.direction}")
        operation(GroupId=rule["GroupId"], IpPermissions=[permission])


@dataclass(frozen=True)
class EgressOnlyInternetGateway:
    """A way out over IPv6."""

    type_name: str = "AWS::EC2::EgressOnlyInternetGateway"
    identifier: str = "Id"
    create_only: tuple[str, ...] = ("VpcId",)

    def create(self, request: Request) -> Properties:
        """Nothing goes through it."""
        answer = request.client("ec2").create_egress_only_internet_gateway(VpcId=request.properties["VpcId"])
        return {"Id": answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]}

    def update(self, request: Request) -> Properties:
        """Only tags could have changed."""
        return {"Id": request.previous["Id"]}

    def delete(self, request: Request) -> None:
        """By its id."""
        gateway = request.previous["Id"]
        request.client("ec2").delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway)


DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


@dataclass(frozen=True)
class Route:
    """A route of a table; LocalStack's own type knows IPv4 only."""

    type_name: str = "AWS::EC2::Route"
    identifier: str = "Id"
    create_only: tuple[str, ...] = ("RouteTableId", *DESTINATIONS)

    def create(self, request: Request) -> Properties:
        """With the destination and the target that the template gives."""
        request.client("ec2").create_route(**request.properties)
        return {"Id": f"r-{uuid.uuid4().hex[:17]}", "CidrBlock": request.properties.get("DestinationCidrBlock", "")}

    def update(self, request: Request) -> Properties:
        """To another target."""
        request.client("ec2").replace_route(**request.properties)
        return {name: request.previous[name] for name in ("Id", "CidrBlock")}

    def delete(self, request: Request) -> None:
        """By its destination."""
        address = {name: request.previous[name] for name in DESTINATIONS[:2] if name in request.previous}
        request.client("ec2").delete_route(RouteTableId=request.previous["RouteTableId"], **address)


def with_ipv6(resource_type: str, provider: Any) -> Any:
    """LocalStack's VPC, with an IPv6 block from the start.

    A template gives it one by a resource of its own, `VPCCidrBlock`, but the engine does not ask the VPC for its
    attributes again after it was made.
    """
    if provider is None or resource_type != "AWS::EC2::VPC":
        return provider
    create = provider.create

    def created(request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        event: ProgressEvent[Properties] = create(request)
        model = event.resource_model
        if model and not model.get("Ipv6CidrBlocks"):
            client = Request(request).client("ec2")
            answer = client.associate_vpc_cidr_block(VpcId=model["VpcId"], AmazonProvidedIpv6CidrBlock=True)
            model["Ipv6CidrBlocks"] = [answer["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"]]
        return event

    provider.create = created
    return provider


UNFILTERED = "functions are processes of this machine, and no network filters what they send"


def _identified(kind: str, prefix: str, without_effect: str = "") -> Recorded:
    """A part of the network that only has to have an id."""
    return Recorded(
        f"AWS::EC2::{kind}",
        "Id",
        lambda _request: {"Id": f"{prefix}-{uuid.uuid4().hex[:17]}"},
        without_effect=without_effect,
    )


TYPES: tuple[ResourceType, ...] = (
    ElasticIp(),
    EgressOnlyInternetGateway(),
    Route(),
    SecurityGroupRule("AWS::EC2::SecurityGroupIngress", "ingress"),
    SecurityGroupRule("AWS::EC2::SecurityGroupEgress", "egress"),
    _identified("FlowLog", "fl", "no traffic of a network is recorded"),
    _identified("NetworkAclEntry", "acl-entry", UNFILTERED),
    _identified("SubnetNetworkAclAssociation", "aclassoc", UNFILTERED),
    _identified("VPCCidrBlock", "vpc-cidr-assoc"),
)
