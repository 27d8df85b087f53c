"""What the API stack holds: three hundred routes fit, and a stage serves the document that was deployed last."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import aws_cdk as cdk
import pytest

from infra.constructs import other_methods
from infra.constructs.context import Routes
from infra.constructs.routes import RestRoute, WebSocketRoute
from infra.domain import Domain
from infra.stacks.api import ApiStack
from infra.stages import PROD, Stage
from tests.infra.synthesis import Synthesis

RESOURCES, TEMPLATE_BYTES, IMPORT_BYTES = 500, 1_000_000, 6_000_000
"""Quotas of a stack and its template (AWS CloudFormation User Guide, "Quotas"), and of an OpenAPI document (Amazon API
Gateway Developer Guide, "Quotas for creating, deploying and managing a REST API")."""
ADDRESSES = 300
"""Resources of one REST API, by default; it can be raised. An address is one, and so is each beginning of it."""
OWN_DOMAIN = Domain("rides.example.com", hosted_zone_id="Z0123456789ABC")
WEBSOCKET = [WebSocketRoute("realtime", f"action_{number}", f"action.{number}") for number in range(20)]


def _stack(folder: Path, stage: Stage, routes: Sequence[RestRoute]) -> str:
    """The template as it is uploaded."""
    app = cdk.App(outdir=str(folder))
    ApiStack(app, stage, websocket_api_id="abcdefghij", routes=Routes(list(routes), WEBSOCKET))
    (stack,) = app.synth().stacks
    return Path(stack.template_full_path).read_text(encoding="utf-8")


def _many(count: int) -> list[RestRoute]:
    """As many operations to an address as the product has (50 at 44), and as long names and addresses."""
    addresses = [f"/v1/scheduled-rides/{{scheduled_ride_id}}/part-{number}" for number in range(count * 44 // 50)]
    methods = ("GET", "POST", "POST", "GET")
    first = [
        RestRoute("operations", f"edit_scheduled_ride_{number}", methods[number % len(methods)], address)
        for number, address in enumerate(addresses)
    ]
    second = [
        RestRoute("operations", f"put_scheduled_ride_{number}", "PUT", address)
        for number, address in enumerate(addresses[: count - len(addresses)])
    ]
    return first + second


def test_three_hundred_routes_fit_into_the_stack(tmp_path: Path) -> None:
    routes = _many(300)
    text = _stack(tmp_path, replace(PROD, domain=OWN_DOMAIN), routes)
    resources = json.loads(text)["Resources"]
    (body,) = [each["Properties"]["Body"] for each in resources.values() if each["Type"] == "AWS::ApiGateway::RestApi"]

    assert len(routes) == 300
    assert len({(route.path, route.method) for route in routes}) == 300
    assert len(resources) < RESOURCES * 0.85, len(resources)
    assert len(text.encode()) < TEMPLATE_BYTES * 0.9, len(text.encode())
    # With the shared texts in the places where the document refers to them, as API Gateway gets it.
    shared = sum(len(each) for each in json.loads(text)["Mappings"].popitem()[1].popitem()[1].values())
    assert len(json.dumps(body)) + shared * len(body["paths"]) < IMPORT_BYTES


def test_a_route_costs_one_resource(tmp_path: Path) -> None:
    """Its permission: addresses, methods and answers are in the API's document."""
    few, many = (_stack(tmp_path / str(count), PROD, _many(count)) for count in (50, 60))

    assert len(json.loads(many)["Resources"]) - len(json.loads(few)["Resources"]) == 10


def test_the_product_s_addresses_stay_within_the_default_quota(prod: Synthesis) -> None:
    beginnings = {
        part.as_posix()
        for route in prod.routes
        for part in (PurePosixPath(route.path), *PurePosixPath(route.path).parents)
    }

    assert len(beginnings) < ADDRESSES * 0.5


def _deployment(template: str) -> str:
    resources: dict[str, dict[str, Any]] = json.loads(template)["Resources"]
    (found,) = [name for name, each in resources.items() if each["Type"] == "AWS::ApiGateway::Deployment"]
    (stage,) = [each for each in resources.values() if each["Type"] == "AWS::ApiGateway::Stage"]
    assert stage["Properties"]["DeploymentId"] == {"Ref": found}
    return found


ROUTES = [
    RestRoute("trips", "get_trip", "GET", "/v1/trips/{trip_id}"),
    RestRoute("identity", "login", "POST", "/v1/auth/login", public=True),
]
CHANGES: dict[str, tuple[dict[str, Any], list[RestRoute]]] = {
    "a route more": ({}, [*ROUTES, RestRoute("trips", "list_trips", "GET", "/v1/trips")]),
    "a route less": ({}, ROUTES[:1]),
    "another function": ({}, [replace(ROUTES[0], operation="get_receipt"), ROUTES[1]]),
    "a route that is public no more": ({}, [ROUTES[0], replace(ROUTES[1], public=False)]),
    "another web app": ({"web_origins": ("https://console.example.org",)}, ROUTES),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_document_is_deployed_anew(tmp_path: Path, change: str) -> None:
    """A stage serves a deployment, which is a copy of the document of its day."""
    settings, routes = CHANGES[change]
    before, same = (_deployment(_stack(tmp_path / name, PROD, ROUTES)) for name in ("before", "same"))
    after = _deployment(_stack(tmp_path / "after", replace(PROD, **settings), routes))

    assert before == same
    assert after != before


def test_shared_texts_that_change_are_deployed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document only refers to them, and stays the same."""
    before = _stack(tmp_path / "before", PROD, ROUTES)
    monkeypatch.setattr(other_methods, "PREFLIGHT_KEPT_S", 60)
    after = _stack(tmp_path / "after", PROD, ROUTES)

    assert _body(before) == _body(after)
    assert _deployment(before) != _deployment(after)


def _body(template: str) -> Any:
    (found,) = [
        each for each in json.loads(template)["Resources"].values() if each["Type"] == "AWS::ApiGateway::RestApi"
    ]
    return found["Properties"]["Body"]
