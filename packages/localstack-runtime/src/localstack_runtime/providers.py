"""Services whose open-source provider is missing or wants a download, answered by moto in process or by ministack."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack import config
from localstack.aws.api import CommonServiceException
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider

from . import settings

NAME = "localstack_runtime"
MOTO_BACKED = ("apigatewayv2", "appconfig", "dynamodb", "dynamodbstreams", "kinesis")
FORWARDED = ("cognito-idp",)


def install() -> None:
    """Make LocalStack choose these providers. Call it before the first request."""
    for service in (*MOTO_BACKED, *FORWARDED):
        config.SERVICE_PROVIDER_CONFIG.set_provider(service, NAME)


def _moto_service(api: str) -> Service:
    model = load_service(api)

    def answer(context: Any, _request: Any) -> Any:
        return call_moto(context)

    return Service(name=api, skeleton=Skeleton(model, dict.fromkeys(model.operation_names, answer)))


class Forwarder:
    """Calls another emulator as a client of its own would.

    Forwarding the raw request fails: LocalStack adds credentials to calls that must not have any, and the other
    emulator does not know the credentials that LocalStack gives to functions.
    """

    def __init__(self, api: str, url: str) -> None:
        self._api = api
        self._url = url
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(self, context: Any, request: Any) -> Any:
        client = self._client(context.account_id, context.region)
        try:
            answer = getattr(client, xform_name(context.operation.name))(**request)
        except ClientError as error:
            raise _service_error(error) from error
        del answer["ResponseMetadata"]
        return answer

    def _client(self, account: str, region: str) -> Any:
        if (account, region) not in self._clients:
            session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="test", region_name=region)  # noqa: S106
            self._clients[account, region] = session.client(
                self._api, endpoint_url=self._url, config=Config(retries={"max_attempts": 0}, max_pool_connections=50)
            )
        return self._clients[account, region]


def _service_error(error: ClientError) -> CommonServiceException:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    details = error.response["Error"]
    return CommonServiceException(details["Code"], details.get("Message", ""), status, sender_fault=status < 500)


def _forwarded_service(api: str, url: str) -> Service:
    model = load_service(api)
    return Service(name=api, skeleton=Skeleton(model, dict.fromkeys(model.operation_names, Forwarder(api, url))))


def _provider(api: str, create: Callable[[], Service]) -> Any:
    return aws_provider(api=api, name=NAME)(create)


apigatewayv2 = _provider("apigatewayv2", lambda: _moto_service("apigatewayv2"))
appconfig = _provider("appconfig", lambda: _moto_service("appconfig"))
dynamodb = _provider("dynamodb", lambda: _moto_service("dynamodb"))
dynamodbstreams = _provider("dynamodbstreams", lambda: _moto_service("dynamodbstreams"))
kinesis = _provider("kinesis", lambda: _moto_service("kinesis"))
# Real passwords, SRP and one-time codes, which moto accepts unchecked.
cognito_idp = _provider("cognito-idp", lambda: _forwarded_service("cognito-idp", settings.ministack_url()))
