"""Services whose open-source provider is missing or wants a download, answered by moto in process or by ministack."""

from collections.abc import Callable
from typing import Any

from localstack import config
from localstack.aws.forwarder import AwsRequestProxy
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider

from . import settings

NAME = "rideflow"
MOTO_BACKED = ("apigatewayv2", "appconfig", "dynamodb", "dynamodbstreams", "kinesis")
FORWARDED = ("cognito-idp",)


def install() -> None:
    """Make LocalStack choose these providers. To be called before the first request."""
    for service in (*MOTO_BACKED, *FORWARDED):
        config.SERVICE_PROVIDER_CONFIG.set_provider(service, NAME)


def _moto_service(api: str) -> Service:
    model = load_service(api)

    def answer(context: Any, _request: Any) -> Any:
        return call_moto(context)

    return Service(name=api, skeleton=Skeleton(model, dict.fromkeys(model.operation_names, answer)))


def _forwarded_service(api: str, url: str) -> Service:
    model, proxy = load_service(api), AwsRequestProxy(url)
    return Service(name=api, skeleton=Skeleton(model, dict.fromkeys(model.operation_names, proxy.forward)))


def _provider(api: str, create: Callable[[], Service]) -> Any:
    return aws_provider(api=api, name=NAME)(create)


apigatewayv2 = _provider("apigatewayv2", lambda: _moto_service("apigatewayv2"))
appconfig = _provider("appconfig", lambda: _moto_service("appconfig"))
dynamodb = _provider("dynamodb", lambda: _moto_service("dynamodb"))
dynamodbstreams = _provider("dynamodbstreams", lambda: _moto_service("dynamodbstreams"))
kinesis = _provider("kinesis", lambda: _moto_service("kinesis"))
# Real passwords, SRP and one-time codes, which moto accepts unchecked.
cognito_idp = _provider("cognito-idp", lambda: _forwarded_service("cognito-idp", settings.ministack_url()))
