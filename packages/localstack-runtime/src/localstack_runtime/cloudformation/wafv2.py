"""`AWS::WAFv2`: the record of a firewall. Locally nothing is filtered."""

import uuid

from .resource import Properties, Recorded, Request, ResourceType


def _acl(request: Request) -> Properties:
    name, scope = request.name("Name"), request.properties.get("Scope", "REGIONAL")
    identifier = str(request.previous.get("Id") or uuid.uuid4())
    return {
        "Name": name,
        "Id": identifier,
        "Arn": request.arn("wafv2", f"{scope.lower()}/webacl/{name}/{identifier}"),
        "Capacity": 1,
        "LabelNamespace": f"awswaf:{request.account}:webacl:{name}:",
    }


def _ip_set(request: Request) -> Properties:
    name, scope = request.name("Name"), request.properties.get("Scope", "REGIONAL")
    identifier = str(request.previous.get("Id") or uuid.uuid4())
    arn = request.arn("wafv2", f"{scope.lower()}/ipset/{name}/{identifier}")
    return {"Name": name, "Id": identifier, "Arn": arn}


OPEN = "no firewall stands before an API"

TYPES: tuple[ResourceType, ...] = (
    Recorded("AWS::WAFv2::WebACL", "Id", _acl, ("Name", "Scope"), OPEN),
    Recorded("AWS::WAFv2::IPSet", "Id", _ip_set, ("Name", "Scope", "IPAddressVersion"), OPEN),
    Recorded(
        "AWS::WAFv2::WebACLAssociation", "WebACLArn", create_only=("WebACLArn", "ResourceArn"), without_effect=OPEN
    ),
    Recorded("AWS::WAFv2::LoggingConfiguration", "ResourceArn", create_only=("ResourceArn",), without_effect=OPEN),
)
