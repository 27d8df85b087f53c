"""The public surface: routes of the REST API and of the WebSocket API, put together from all contexts."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from infra import addresses
from infra.constructs import rest_api, websocket_api
from infra.constructs.context import Routes
from infra.constructs.domain_names import DomainNames
from infra.constructs.firewall import WebFirewall
from infra.constructs.logs import made_before_its_service
from infra.constructs.rest_api import PublicRestApi
from infra.constructs.tracing import Sampling
from infra.constructs.websocket_api import PublicWebSocketApi
from infra.stacks.base import StageStack
from infra.stages import Stage

_AUTHORIZER = ("identity", "authorize")


class ApiStack(StageStack):
    """Its outputs are the addresses for apps and scripts."""

    def __init__(self, scope: Construct, stage: Stage, *, websocket_api_id: str, routes: Routes) -> None:
        super().__init__(scope, "api", stage, "REST and WebSocket API", dense=True)
        rest_routes = sorted(routes.rest, key=lambda route: (route.path, route.method))
        self.rest = PublicRestApi(self, "Rest", stage=stage, routes=rest_routes, authorizer=_AUTHORIZER)
        self._execution_logs()
        self.websocket = PublicWebSocketApi(
            self, "WebSocket", stage=stage, api_id=websocket_api_id, authorizer=_AUTHORIZER
        )
        # The account's role for API Gateway's logs is made with the REST API, and stages that log need it first.
        self.websocket.stage.node.add_dependency(self.rest.api.node.find_child("Account"))
        for websocket_route in sorted(routes.websocket, key=lambda route: route.key):
            self.websocket.add(websocket_route)
        if stage.web_firewall:
            WebFirewall(self, "Firewall", stage=stage, api_stage=self.rest.api.deployment_stage)
        if stage.traced_share:
            Sampling(self, "Sampling", stage=stage)
        rest_id, rest_stage = self.rest.api.rest_api_id, rest_api.STAGE
        self.rest_url = addresses.rest(stage, self, rest_id, rest_stage)
        self.websocket_url = addresses.websocket(stage, self, websocket_api_id, websocket_api.STAGE).apps
        self._outputs(websocket_api_id, self._dns_targets())

    def _execution_logs(self) -> None:
        """API Gateway's own log of errors, which it names after the API."""
        name = f"API-Gateway-Execution-Logs_{self.rest.api.rest_api_id}/{rest_api.STAGE}"
        group = made_before_its_service(self, "ExecutionLogs", self.stage, name)
        self.rest.api.deployment_stage.node.add_dependency(group)

    def _dns_targets(self) -> dict[str, str]:
        if not self.stage.domain:
            return {}
        names = DomainNames(
            self, "Domain", domain=self.stage.domain, rest=self.rest.api, websocket=self.websocket.stage
        )
        return names.dns_targets

    def _outputs(self, websocket_id: str, dns_targets: dict[str, str]) -> None:
        rest_id, rest_stage = self.rest.api.rest_api_id, self.rest.api.deployment_stage.stage_name
        values = {
            "RestApiId": rest_id,
            "RestStage": rest_stage,
            "RestUrl": self.rest_url,
            "WebSocketApiId": websocket_id,
            "WebSocketStage": websocket_api.STAGE,
            "WebSocketUrl": self.websocket_url,
        } | dns_targets
        for name, value in values.items():
            cdk.CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)
