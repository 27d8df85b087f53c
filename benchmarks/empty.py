"""An empty Lambda on the running stack, behind a REST API and a WebSocket API of its own: the floor of a round trip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from local.emulators import ACCOUNT, REGION, local_client
from local.record import StackRecord

_STAGE = "bench"
_CODE = """
def handler(event, context):
    return {"statusCode": 200, "body": "{}"}
"""
_URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{{}}/invocations"
_TRUSTS_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class EmptyLambda:
    """Its addresses: it answers any POST or GET, and any message."""

    rest_url: str
    websocket_url: str


@contextmanager
def empty_lambda(record: StackRecord) -> Iterator[EmptyLambda]:
    """The Lambda exists inside the block, and is deleted afterwards in any case."""
    with ExitStack() as undo:
        making = _Making(record, undo)
        function_arn = making.function()
        host = record.endpoint_url.partition("://")[2]
        rest, socket = making.rest_api(function_arn), making.websocket_api(function_arn)
        yield EmptyLambda(
            f"http://{host}/_aws/execute-api/{rest}/{_STAGE}", f"ws://{host}/_aws/execute-api/{socket}/{_STAGE}"
        )


class _Making:
    """Makes resources one after the other, and records how to delete each."""

    def __init__(self, record: StackRecord, undo: ExitStack) -> None:
        self._record = record
        self._undo = undo
        self._name = f"bench-empty-{uuid4().hex[:8]}"

    def function(self) -> str:
        client = self._client("lambda")
        created = client.create_function(
            FunctionName=self._name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=self._role(),
            Code={"ZipFile": _zipped(_CODE)},
        )
        self._later(client.delete_function, FunctionName=self._name)
        client.get_waiter("function_active_v2").wait(FunctionName=self._name, WaiterConfig={"Delay": 1})
        client.add_permission(
            FunctionName=self._name,
            StatementId="gateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:*",
        )
        return str(created["FunctionArn"])

    def _role(self) -> str:
        """A role without rights: the function calls nobody."""
        client = self._client("iam")
        made = client.create_role(RoleName=self._name, AssumeRolePolicyDocument=json.dumps(_TRUSTS_LAMBDA))
        self._later(client.delete_role, RoleName=self._name)
        return str(made["Role"]["Arn"])

    def rest_api(self, function_arn: str) -> str:
        client = self._client("apigateway")
        api = client.create_rest_api(name=self._name)
        self._later(client.delete_rest_api, restApiId=api["id"])
        at = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "ANY"}
        client.put_method(**at, authorizationType="NONE")
        client.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=_URI.format(function_arn))
        client.create_deployment(restApiId=api["id"], stageName=_STAGE)
        return str(api["id"])

    def websocket_api(self, function_arn: str) -> str:
        client = self._client("apigatewayv2")
        api = client.create_api(
            Name=self._name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )
        at = {"ApiId": api["ApiId"]}
        self._later(client.delete_api, **at)
        made = client.create_integration(**at, IntegrationType="AWS_PROXY", IntegrationUri=_URI.format(function_arn))
        target = f"integrations/{made['IntegrationId']}"
        route = client.create_route(
            **at, RouteKey="$default", Target=target, RouteResponseSelectionExpression="$default"
        )
        client.create_route_response(**at, RouteId=route["RouteId"], RouteResponseKey="$default")
        client.create_stage(**at, StageName=_STAGE, AutoDeploy=True)
        return str(api["ApiId"])

    def _client(self, service: str) -> Any:
        return local_client(service, self._record.endpoint_url)

    def _later(self, delete: Callable[..., Any], **what: str) -> None:
        self._undo.callback(delete, **what)


def _zipped(code: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("index.py", code)
    return archive.getvalue()
