"""The deployed routes are those of the contracts."""

from tests.e2e.city import City
from tools.contracts import asyncapi, openapi


async def test_the_deployed_rest_routes_are_those_of_the_openapi_document(city: City) -> None:
    api = city.record.output("RestApiId")
    resources = city.aws("apigateway").get_resources(restApiId=api, limit=500)["items"]
    deployed = {
        (resource["path"], method.lower())
        for resource in resources
        for method in resource.get("resourceMethods", {})
        if method not in {"OPTIONS", "ANY", "HEAD"}  # preflights and 405 answers
    }
    documented = {(path, method) for path, methods in openapi.document()["paths"].items() for method in methods}
    assert deployed == documented


async def test_the_deployed_websocket_routes_are_the_actions_of_the_asyncapi_document(city: City) -> None:
    routes = city.aws("apigatewayv2").get_routes(ApiId=city.record.output("WebSocketApiId"))["Items"]
    operations = asyncapi.document()["operations"].items()
    actions = {name for name, operation in operations if operation["action"] == "receive"}
    assert {route["RouteKey"] for route in routes} == actions | {"$connect", "$disconnect", "$default"}
