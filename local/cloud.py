"""The deployed cloud of a stage: LocalStack for the stage `local`, the account of the current credentials otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.record import StackRecord

PRODUCT = "rideflow"


class CloudError(Exception):
    """The stage's cloud cannot be asked, or what is asked for is not there. The message says what to do."""


class Cloud:
    """Clients of one stage's AWS services, each made once. `make` returns a boto3 client of a service."""

    def __init__(self, stage: str, make: Callable[[str], Any]) -> None:
        self.stage = stage
        self._make = make
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._make(service)
        return self._clients[service]

    @property
    def prefix(self) -> str:
        """The beginning of the name of each of the stage's resources."""
        return f"{PRODUCT}-{self.stage}-"


def local_cloud(record: StackRecord) -> Cloud:
    """The running stack's cloud."""
    from local import emulators

    return Cloud(record.stage, lambda service: emulators.local_client(service, record.endpoint_url))


def aws_cloud(stage: str) -> Cloud:
    """The cloud of a stage on AWS. Raises `CloudError` without a region."""
    import boto3

    session = boto3.Session()
    if not session.region_name:
        raise CloudError("No region: set AWS_REGION, or a region for AWS_PROFILE.")
    return Cloud(stage, session.client)
