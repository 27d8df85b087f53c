"""What a stage's functions reach, by security groups, routes and gateway endpoints.

Source: Amazon VPC User Guide, "Control traffic to your AWS resources using security groups" and "Configure route
tables". A connection is made if a rule of the caller's groups lets it out, a route leads there, and a rule of the
called resource's groups lets it in. A group without an outbound rule in its own resource keeps EC2's, which lets
everything out. What is of an unknown kind is refused, so that it does not count as closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.infra.policies import named, resolved
from tests.infra.synthesis import Json, Resource, Synthesis, listed

ANY_IPV4, ANY_IPV6 = "0.0.0.0/0", "::/0"
NOBODY = "255.255.255.255/32"
"""CDK's rule of a group that lets nothing out."""
INTERNET_IPV6 = "the Internet over IPv6"
_PEERS = {"CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "SourceSecurityGroupId"}
_KNOWN = _PEERS | {"Description", "FromPort", "GroupId", "IpProtocol", "ToPort"}


@dataclass(frozen=True)
class Rule:
    """One rule of a security group: ports of a protocol, from or to a peer (a group or a range of addresses)."""

    group: str
    protocol: str
    ports: tuple[int, int]
    peer: str

    def covers(self, protocol: str, port: int) -> bool:
        return self.protocol in {protocol, "-1"} and (self.protocol == "-1" or self.ports[0] <= port <= self.ports[1])


class Network:
    """The VPC of a stage."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._synthesis = synthesis
        self.egress = list(self._rules("Egress"))
        self.ingress = list(self._rules("Ingress"))

    def groups_of(self, function: Resource) -> frozenset[str]:
        told = self._read(function, function.properties["VpcConfig"]["SecurityGroupIds"])
        return frozenset(told)

    def reaches(self, function: Resource) -> set[tuple[str, str]]:
        """What the function connects to, and by what: ("AWS::RDS::DBProxy", "tcp 5432")."""
        groups = self.groups_of(function)
        tables = self.route_tables(function)
        return {
            (target, f"{rule.protocol} {rule.ports[0]}" if len(set(rule.ports)) == 1 else f"{rule.protocol} many")
            for rule in self.egress
            if rule.group in groups and rule.peer != NOBODY
            for target in self._targets(rule, groups, tables)
        }

    def route_tables(self, function: Resource) -> set[str]:
        subnets = set(self._read(function, function.properties["VpcConfig"]["SubnetIds"]))
        found = {
            self._read(each, each.properties["RouteTableId"])
            for each in self._synthesis.of_type("AWS::EC2::SubnetRouteTableAssociation")
            if self._read(each, each.properties["SubnetId"]) in subnets
        }
        assert len(found) == len(subnets)
        return found

    def _targets(self, rule: Rule, groups: frozenset[str], tables: set[str]) -> Iterator[str]:
        """Where the rule leads. `tables` are the route tables of the function's subnets: all must have the route."""
        match rule.peer:
            case "0.0.0.0/0":
                yield from self._by_gateway_endpoints(tables)
                yield from self._admitting(rule, groups, ANY_IPV4)
            case "::/0":
                if all(self._leads_out(table) for table in tables):
                    yield INTERNET_IPV6
            case peer:
                assert peer.startswith("resource:"), f"rule to an unknown peer: {rule}"
                yield from self._admitting(rule, groups, peer)

    def _admitting(self, rule: Rule, groups: frozenset[str], peer: str) -> Iterator[str]:
        """Resources of the VPC that let the function in: by the rules of their groups, whose peer is one of its own."""
        for each in self._synthesis.resources:
            theirs = self._groups_of_store(each)
            if peer not in {*theirs, ANY_IPV4}:
                continue
            if any(
                inward.group in theirs and inward.peer in groups and inward.covers(rule.protocol, rule.ports[0])
                for inward in self.ingress
            ):
                yield each.type

    def _groups_of_store(self, resource: Resource) -> list[str]:
        told = resource.properties
        match resource.type:
            case "AWS::RDS::DBProxy" | "AWS::RDS::DBCluster":
                ids = told["VpcSecurityGroupIds"]
            case "AWS::ElastiCache::ReplicationGroup":
                ids = told["SecurityGroupIds"]
            case "AWS::EC2::VPCEndpoint":
                ids = told.get("SecurityGroupIds", [])
            case _:
                return []
        return [str(self._read(resource, each)) for each in listed(ids)]

    def _by_gateway_endpoints(self, tables: set[str]) -> Iterator[str]:
        for each in self._synthesis.of_type("AWS::EC2::VPCEndpoint"):
            if each.properties["VpcEndpointType"] != "Gateway":
                continue
            if tables <= set(self._read(each, each.properties["RouteTableIds"])):
                yield str(self._read(each, each.properties["ServiceName"])).rpartition(".")[2]
        for route in self._synthesis.of_type("AWS::EC2::Route"):
            assert "DestinationCidrBlock" not in route.properties, "a way out over IPv4"

    def _leads_out(self, table: str) -> bool:
        routes = [
            each.properties
            for each in self._synthesis.of_type("AWS::EC2::Route")
            if self._read(each, each.properties["RouteTableId"]) == table
        ]
        return any(
            each.get("DestinationIpv6CidrBlock") == ANY_IPV6 and "EgressOnlyInternetGatewayId" in each
            for each in routes
        )

    def _rules(self, way: str) -> Iterator[Rule]:
        for group in self._synthesis.of_type("AWS::EC2::SecurityGroup"):
            name = named(group.stack, group.logical_id)
            for told in group.properties.get(f"SecurityGroup{way}", []):
                yield self._rule(group, name, told)
            if way == "Egress" and f"SecurityGroup{way}" not in group.properties:
                yield from (Rule(name, "-1", (-1, -1), peer) for peer in (ANY_IPV4, ANY_IPV6))
        for each in self._synthesis.of_type(f"AWS::EC2::SecurityGroup{way}"):
            yield self._rule(each, self._read(each, each.properties["GroupId"]), each.properties)

    def _rule(self, resource: Resource, group: str, told: Json) -> Rule:
        assert told.keys() <= _KNOWN, told
        (peer,) = (self._read(resource, told[key]) for key in _PEERS & told.keys())
        ports = (
            (-1, -1) if told["IpProtocol"] == "-1" else tuple(self._port(told, key) for key in ("FromPort", "ToPort"))
        )
        return Rule(_plain(group), told["IpProtocol"], (ports[0], ports[1]), _plain(str(peer)))

    @staticmethod
    def _port(told: Json, key: str) -> int:
        """CDK writes the cluster's own port into the rules between proxy and cluster."""
        port = told[key]
        return port if isinstance(port, int) else 5432

    def _read(self, resource: Resource, value: Any) -> Any:
        read = resolved(value, resource.stack, self._synthesis)
        return [_plain(each) for each in read] if isinstance(read, list) else _plain(read)


def _plain(reference: str) -> str:
    return reference.removesuffix(".GroupId").removesuffix(".RouteTableId")
