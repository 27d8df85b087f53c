"""The stack's APIs: REST of single resources, REST of a document, WebSocket."""

from typing import Any

from template_parts import Resource, att, invocation_uri, ref, resource


def method(path: str, verb: str, **properties: Any) -> Resource:
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": invocation_uri("Echo")}
    return resource(
        "ApiGateway::Method",
        RestApiId=ref("RestApi"),
        ResourceId=ref(path),
        HttpMethod=verb,
        Integration=integration,
        **{"AuthorizationType": "NONE", **properties},
    )


def path(name: str) -> Resource:
    parent = att("RestApi", "RootResourceId")
    return resource("ApiGateway::Resource", RestApiId=ref("RestApi"), ParentId=parent, PathPart=name)


def authorizer(kind: str, **properties: Any) -> Resource:
    return resource(
        "ApiGateway::Authorizer",
        RestApiId=ref("RestApi"),
        Name=kind,
        Type=kind,
        AuthorizerUri=invocation_uri("Authorizer"),
        **properties,
    )


def rest_api(version: int) -> dict[str, Resource]:
    problem = '{"title":"$context.error.responseType","detail":$context.error.messageString}'
    by_token = {"AuthorizationType": "CUSTOM", "AuthorizerId": ref("TokenAuthorizer")}
    methods = {
        "OpenGet": method("Open", "GET"),
        "TokenGet": method("Token", "GET", **by_token),
        "TokenPost": method("Token", "POST", **by_token),
        "RequestGet": method("Request", "GET", AuthorizationType="CUSTOM", AuthorizerId=ref("RequestAuthorizer")),
        "PoolGet": method("Pooled", "GET", AuthorizationType="COGNITO_USER_POOLS", AuthorizerId=ref("PoolAuthorizer")),
    }
    if version > 1:
        methods |= {"New": path("new"), "NewGet": method("New", "GET")}
    sources = "method.request.header.Authorization,method.request.querystring.q"
    deployment = f"Deployment{version}"
    return {
        "RestApi": resource("ApiGateway::RestApi", Name="plugin"),
        **{name: path(name.lower()) for name in ("Open", "Token", "Request", "Pooled")},
        "TokenAuthorizer": authorizer(
            "TOKEN",
            IdentitySource="method.request.header.Authorization",
            IdentityValidationExpression="[a-z]+",
            AuthorizerResultTtlInSeconds=2,
        ),
        "RequestAuthorizer": authorizer("REQUEST", IdentitySource=sources, AuthorizerResultTtlInSeconds=0),
        "PoolAuthorizer": resource(
            "ApiGateway::Authorizer",
            RestApiId=ref("RestApi"),
            Name="pool",
            Type="COGNITO_USER_POOLS",
            ProviderARNs=[att("Pool", "Arn")],
            IdentitySource="method.request.header.Authorization",
        ),
        "Unauthorized": resource(
            "ApiGateway::GatewayResponse",
            RestApiId=ref("RestApi"),
            ResponseType="UNAUTHORIZED",
            StatusCode="401",
            ResponseParameters={"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            ResponseTemplates={"application/problem+json": problem},
        ),
        **methods,
        deployment: {
            **resource("ApiGateway::Deployment", RestApiId=ref("RestApi")),
            "DependsOn": [*methods, "Unauthorized"],
        },
        "RestStage": resource(
            "ApiGateway::Stage", RestApiId=ref("RestApi"), DeploymentId=ref(deployment), StageName="local"
        ),
    }


def described_operation(**properties: Any) -> Resource:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": invocation_uri("Echo")}
    return {
        "responses": {"200": {"description": "Echo"}},
        "x-amazon-apigateway-integration": integration,
        **properties,
    }


def described_document(version: int) -> Resource:
    """The second version has another path, and knows neither the first one's `/old` nor its response to 404."""
    refused = {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": '{"statusCode": 405}'},
        "responses": {"default": {"statusCode": "405", "responseTemplates": {"application/json": "refused"}}},
    }
    others = {"responses": {"405": {"description": "Refusal"}}, "x-amazon-apigateway-integration": refused}
    responses: dict[str, Resource] = {
        "UNAUTHORIZED": {
            "statusCode": 401,
            "responseParameters": {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
            "responseTemplates": {"application/problem+json": f'{{"version": {version}}}'},
        }
    }
    if version == 1:
        responses["MISSING_AUTHENTICATION_TOKEN"] = {
            "statusCode": "404",
            "responseTemplates": {"text/plain": "nowhere"},
        }
    return {
        "openapi": "3.0.1",
        "info": {"title": "described", "version": str(version)},
        "paths": {
            "/open": {"get": described_operation(), "x-amazon-apigateway-any-method": others},
            "/token": {"get": described_operation(security=[{"bearer": []}])},
            "/old" if version == 1 else "/new": {"get": described_operation()},
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "token",
                        "authorizerUri": invocation_uri("Authorizer"),
                        "authorizerResultTtlInSeconds": 2,
                    },
                }
            }
        },
        "x-amazon-apigateway-gateway-responses": responses,
    }


def described_api(version: int) -> dict[str, Resource]:
    """A REST API made of an OpenAPI document."""
    deployment = f"DescribedDeployment{version}"
    return {
        "DescribedApi": resource(
            "ApiGateway::RestApi", Name="described", Mode="overwrite", Body=described_document(version)
        ),
        deployment: resource("ApiGateway::Deployment", RestApiId=ref("DescribedApi")),
        "DescribedStage": resource(
            "ApiGateway::Stage", RestApiId=ref("DescribedApi"), DeploymentId=ref(deployment), StageName="local"
        ),
    }


def socket_route(key: str, target: str, *, responds: bool = False, **properties: Any) -> dict[str, Resource]:
    name = key.strip("$").title()
    if responds:
        properties["RouteResponseSelectionExpression"] = "$default"
    parts = {
        f"{name}Integration": resource(
            "ApiGatewayV2::Integration",
            ApiId=ref("SocketApi"),
            IntegrationType="AWS_PROXY",
            IntegrationUri=invocation_uri(target),
        ),
        f"{name}Route": resource(
            "ApiGatewayV2::Route",
            ApiId=ref("SocketApi"),
            RouteKey=key,
            Target={"Fn::Join": ["/", ["integrations", ref(f"{name}Integration")]]},
            **properties,
        ),
    }
    if responds:
        parts[f"{name}Response"] = resource(
            "ApiGatewayV2::RouteResponse",
            ApiId=ref("SocketApi"),
            RouteId=ref(f"{name}Route"),
            RouteResponseKey="$default",
        )
    return parts


def socket_api() -> dict[str, Resource]:
    authorized: Resource = {"AuthorizationType": "CUSTOM", "AuthorizerId": ref("SocketAuthorizer")}
    return {
        "SocketApi": resource(
            "ApiGatewayV2::Api",
            Name="plugin",
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action",
        ),
        "SocketAuthorizer": resource(
            "ApiGatewayV2::Authorizer",
            ApiId=ref("SocketApi"),
            Name="request",
            AuthorizerType="REQUEST",
            AuthorizerUri=invocation_uri("Authorizer"),
            IdentitySource=["route.request.querystring.token"],
        ),
        **socket_route("$connect", "Connect", **authorized),
        **socket_route("$disconnect", "Disconnect"),
        **socket_route("echo", "Echo", responds=True),
        **socket_route("silent", "Echo"),
        **socket_route("$default", "Echo", responds=True),
        "SocketStage": resource("ApiGatewayV2::Stage", ApiId=ref("SocketApi"), StageName="local"),
    }
