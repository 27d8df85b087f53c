"""The bus that carries events and the WebSocket API that carries frames."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from constructs import Construct

from infra import addresses, capabilities
from infra.constructs import websocket_api
from infra.constructs.naming import resource_name
from infra.stacks.base import StageStack
from infra.stages import Stage


class MessagingStack(StageStack):
    """The WebSocket API is made here without routes, because functions push by it; the API stack gives it routes."""

    def __init__(self, scope: Construct, stage: Stage, connections: dynamodb.ITableV2) -> None:
        super().__init__(scope, "messaging", stage, "event bus and WebSocket API")
        self.bus = events.EventBus(self, "Bus", event_bus_name=resource_name(stage.name))
        self.bus.archive(
            "Archive",
            archive_name=resource_name(stage.name),
            description="Every domain event, to be replayed into a consumer that lost some",
            event_pattern=events.EventPattern(source=events.Match.prefix("rideflow.")),
            retention=cdk.Duration.days(30),
        )
        self.websocket_api = apigatewayv2.WebSocketApi(
            self,
            "WebSocketApi",
            api_name=resource_name(stage.name, "websocket"),
            description="Live traffic of the apps",
            route_selection_expression="$request.body.action",
            ip_address_type=apigatewayv2.IpAddressType.DUAL_STACK,
        )
        self.realtime = self._realtime(connections)

    def _realtime(self, connections: dynamodb.ITableV2) -> capabilities.Realtime:
        export = resource_name(self.stage.name, "websocket-api-id")
        api_id = self.export_value(self.websocket_api.api_id, name=export)
        return capabilities.Realtime(
            table=connections,
            endpoint=addresses.websocket(self.stage, self, api_id, websocket_api.STAGE).management,
            connections={
                method: self._connections(api_id, export, method) for method in (capabilities.PUSH, capabilities.CLOSE)
            },
        )

    def _connections(self, api_id: str, export: str, method: str) -> capabilities.WildcardArn:
        every_connection = f"{websocket_api.STAGE}/{method}/@connections/*"
        return capabilities.WildcardArn(
            self.format_arn(service="execute-api", resource=api_id, resource_name=every_connection),
            f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{export}/{every_connection}",
        )
