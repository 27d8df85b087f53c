"""The addresses of APIs and user pools: hosts of AWS's on AWS, paths below one address on LocalStack."""

from __future__ import annotations

from typing import NamedTuple

import aws_cdk as cdk

from infra.stages import Stage


class WebSocketAddresses(NamedTuple):
    """One stage of a WebSocket API: apps connect to the first address, functions push frames to the second."""

    apps: str
    management: str


class PoolAddresses(NamedTuple):
    """The addresses of a user pool: the `iss` of its tokens, and the URL of its public keys."""

    issuer: str
    jwks: str


def rest(stage: Stage, stack: cdk.Stack, api_id: str, api_stage: str) -> str:
    """The REST API's root, without a slash at the end."""
    if stage.endpoint_url:
        return f"{stage.endpoint_url}/_aws/execute-api/{api_id}/{api_stage}"
    if stage.domain:
        return f"https://{stage.domain.rest}"
    return f"https://{_host(stack, api_id)}/{api_stage}"


def websocket(stage: Stage, stack: cdk.Stack, api_id: str, api_stage: str) -> WebSocketAddresses:
    if stage.endpoint_url:
        management = f"{stage.endpoint_url}/_aws/execute-api/{api_id}/{api_stage}"
        return WebSocketAddresses(management.replace("http", "ws", 1), management)
    host = f"{_host(stack, api_id)}/{api_stage}"
    apps = stage.domain.websocket if stage.domain else host
    return WebSocketAddresses(f"wss://{apps}", f"https://{host}")


def console(stage: Stage, distribution_id: str, domain_name: str) -> str:
    """The root of the web console, with a slash at the end: addresses of its files are relative to it."""
    if stage.endpoint_url:
        return f"{stage.console_origin}/_aws/cloudfront/{distribution_id}/"
    own = stage.domain.console if stage.domain else None
    return f"https://{own or domain_name}/"


def user_pool(stage: Stage, pool_id: str, provider_url: str) -> PoolAddresses:
    """Tokens of the local pool carry AWS's issuer too, the provider's URL; only the keys have another address."""
    keys = f"{stage.endpoint_url}/_aws/cognito-idp/{pool_id}" if stage.endpoint_url else provider_url
    return PoolAddresses(provider_url, f"{keys}/.well-known/jwks.json")


def _host(stack: cdk.Stack, api_id: str) -> str:
    return f"{api_id}.execute-api.{stack.region}.{stack.url_suffix}"
