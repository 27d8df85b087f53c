"""API Gateway's management API, by which frames are sent to an open WebSocket, and a WebSocket is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError


class ManagementGateway:
    """Posts to connections of the WebSocket API behind `endpoint` (https URL with the stage)."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def post(self, connection_id: str, text: str) -> None:
        """Raises `ConnectionGoneError` if there is no such connection, `DeliveryFailedError` if it is not known."""
        with _reaching(connection_id):
            _client(self._endpoint).post_to_connection(ConnectionId=connection_id, Data=text.encode())

    def close(self, connection_id: str) -> None:
        """Close the connection. Raises as `post` does."""
        with _reaching(connection_id):
            _client(self._endpoint).delete_connection(ConnectionId=connection_id)


@contextmanager
def _reaching(connection_id: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode") == 410:
            raise ConnectionGoneError(connection_id) from error
        raise DeliveryFailedError(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise DeliveryFailedError(type(error).__name__) from error


@cache
def _client(endpoint: str) -> Any:
    from rideflow.kernel import aws

    return aws.client("apigatewaymanagementapi", endpoint_url=endpoint)
