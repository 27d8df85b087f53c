"""`AWS::ApiGateway`: types of REST APIs that LocalStack lacks."""

from dataclasses import dataclass
from typing import Any

from .resource import Properties, Request, ResourceType

API_NAMES = {"ProviderARNs": "providerARNs", "AuthorizerUri": "authorizerUri"}


@dataclass(frozen=True)
class Authorizer:
    """A Lambda or Cognito authorizer."""

    type_name: str = "AWS::ApiGateway::Authorizer"
    identifier: str = "AuthorizerId"
    create_only: tuple[str, ...] = ("RestApiId",)

    def create(self, request: Request) -> Properties:
        """Named after the stack if the template gives no name."""
        parameters = {**_camel(request.properties), "name": request.name("Name")}
        return {"AuthorizerId": request.client("apigateway").create_authorizer(**parameters)["id"]}

    def update(self, request: Request) -> Properties:
        """By the patch operations that the service wants."""
        changed = {name: value for name, value in request.properties.items() if request.previous.get(name) != value}
        operations = [_replace(API_NAMES.get(name, _lower(name)), value) for name, value in changed.items()]
        request.client("apigateway").update_authorizer(**self._address(request), patchOperations=operations)
        return {"AuthorizerId": request.previous["AuthorizerId"]}

    def delete(self, request: Request) -> None:
        """CloudFormation has deleted the methods that name it before."""
        request.client("apigateway").delete_authorizer(**self._address(request))

    @staticmethod
    def _address(request: Request) -> Properties:
        return {"restApiId": request.previous["RestApiId"], "authorizerId": request.previous["AuthorizerId"]}


def _camel(properties: Properties) -> Properties:
    return {API_NAMES.get(name, _lower(name)): value for name, value in properties.items()}


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _replace(path: str, value: Any) -> dict[str, str]:
    return {"op": "replace", "path": f"/{path}", "value": str(value)}


TYPES: tuple[ResourceType, ...] = (Authorizer(),)
