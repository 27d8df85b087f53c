"""`AWS::ApiGatewayV2`: WebSocket APIs, kept by moto and served by this package."""

import hashlib
import uuid
from dataclasses import dataclass

from localstack import config

from .resource import Operations, Properties, Recorded, Request, ResourceType

SERVICE = "apigatewayv2"


def _endpoint(_request: Request, attributes: Properties) -> Properties:
    gateway = config.GATEWAY_LISTEN[0]
    return {"ApiEndpoint": f"ws://127.0.0.1:{gateway.port}/_aws/execute-api/{attributes['ApiId']}"}


def _part(name: str, noun: str, identifier: str, keys: tuple[str, ...] = ("ApiId",)) -> Operations:
    """A part of an API, addressed by the API and its own id."""
    return Operations(f"AWS::ApiGatewayV2::{name}", identifier, SERVICE, noun, (*keys, identifier), create_only=keys)


@dataclass(frozen=True)
class Stage:
    """A stage. moto cannot update one, and nothing but its name counts here."""

    type_name: str = "AWS::ApiGatewayV2::Stage"
    identifier: str = "StageName"
    create_only: tuple[str, ...] = ("ApiId", "StageName")

    def create(self, request: Request) -> Properties:
        """Routes are live at once: deployments do not freeze them."""
        request.client(SERVICE).create_stage(**request.properties)
        return {"StageName": request.properties["StageName"]}

    def update(self, request: Request) -> Properties:
        """Keeps the stage as it is."""
        return {"StageName": request.previous["StageName"]}

    def delete(self, request: Request) -> None:
        """Open connections stay until they end."""
        request.client(SERVICE).delete_stage(ApiId=request.previous["ApiId"], StageName=request.previous["StageName"])


@dataclass(frozen=True)
class RouteResponse:
    """The response of a route. moto cannot update one: it is created anew."""

    type_name: str = "AWS::ApiGatewayV2::RouteResponse"
    identifier: str = "RouteResponseId"
    create_only: tuple[str, ...] = ("ApiId", "RouteId", "RouteResponseKey", "ResponseModels", "ResponseParameters")

    def create(self, request: Request) -> Properties:
        """Ask moto."""
        return {
            "RouteResponseId": request.client(SERVICE).create_route_response(**request.properties)["RouteResponseId"]
        }

    def update(self, request: Request) -> Properties:
        """Nothing that can change without replacement matters."""
        return {"RouteResponseId": request.previous["RouteResponseId"]}

    def delete(self, request: Request) -> None:
        """Ask moto."""
        keys = ("ApiId", "RouteId", "RouteResponseId")
        request.client(SERVICE).delete_route_response(**{key: request.previous[key] for key in keys})


def _domain_name(request: Request) -> Properties:
    name = request.properties["DomainName"]
    host = f"d-{hashlib.sha256(name.encode()).hexdigest()[:10]}.execute-api.{request.region}.amazonaws.com"
    arn = f"arn:aws:apigateway:{request.region}::/domainnames/{name}"
    return {"RegionalDomainName": host, "RegionalHostedZoneId": "Z0000000000000", "DomainNameArn": arn}


UNRESOLVED = "no name of DNS leads to this machine; APIs have their addresses below that of LocalStack"

TYPES: tuple[ResourceType, ...] = (
    Operations("AWS::ApiGatewayV2::Api", "ApiId", SERVICE, "api", ("ApiId",), ("ProtocolType",), derived=_endpoint),
    _part("Route", "route", "RouteId"),
    _part("Integration", "integration", "IntegrationId"),
    _part("IntegrationResponse", "integration_response", "IntegrationResponseId", ("ApiId", "IntegrationId")),
    _part("Authorizer", "authorizer", "AuthorizerId"),
    _part("Model", "model", "ModelId"),
    Stage(),
    RouteResponse(),
    Recorded("AWS::ApiGatewayV2::DomainName", "DomainName", _domain_name, ("DomainName",), UNRESOLVED),
    Recorded("AWS::ApiGatewayV2::ApiMapping", "ApiMappingId", create_only=("DomainName",), without_effect=UNRESOLVED),
    Recorded("AWS::ApiGatewayV2::Deployment", "DeploymentId", lambda _request: {"DeploymentId": uuid.uuid4().hex[:10]}),
)
