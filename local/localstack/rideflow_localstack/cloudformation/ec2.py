"""`AWS::EC2`: the parts of a network that LocalStack's open-source release has no type for."""

import uuid
from dataclasses import dataclass

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
        permission = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
        if cidr := rule.get("CidrIp"):
            permission["IpRanges"] = [{"CidrIp": cidr}]
        if cidr := rule.get("CidrIpv6"):
            permission["Ipv6Ranges"] = [{"CidrIpv6": cidr}]
        if peer := rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId"):
            permission["UserIdGroupPairs"] = [{"GroupId": peer}]
        operation = getattr(request.client("ec2"), f"{verb}_security_group_{self.direction}")
        operation(GroupId=rule["GroupId"], IpPermissions=[permission])


TYPES: tuple[ResourceType, ...] = (
    ElasticIp(),
    SecurityGroupRule("AWS::EC2::SecurityGroupIngress", "ingress"),
    SecurityGroupRule("AWS::EC2::SecurityGroupEgress", "egress"),
    Recorded("AWS::EC2::FlowLog", "Id", lambda _request: {"Id": f"fl-{uuid.uuid4().hex[:17]}"}),
)
