"""`AWS::SecretsManager`: secrets that know their database."""

import json
from dataclasses import dataclass

from .. import settings
from .rds import DATABASES
from .resource import Properties, Recorded, Request, ResourceType


@dataclass(frozen=True)
class SecretTargetAttachment:
    """Writes a database's address into the secret with its credentials. Its id is the secret's ARN."""

    type_name: str = "AWS::SecretsManager::SecretTargetAttachment"
    identifier: str = "Id"
    create_only: tuple[str, ...] = ("SecretId",)

    def create(self, request: Request) -> Properties:
        """Adds to the secret's content: user name and password stay."""
        client = request.client("secretsmanager")
        secret = client.get_secret_value(SecretId=request.properties["SecretId"])
        value = {**json.loads(secret["SecretString"]), **self._connection(request)}
        client.put_secret_value(SecretId=secret["ARN"], SecretString=json.dumps(value))
        return {"Id": secret["ARN"]}

    def update(self, request: Request) -> Properties:
        """Another target, written over the one before."""
        return self.create(request)

    def delete(self, request: Request) -> None:
        """The secret keeps the address: functions may still use it."""

    @staticmethod
    def _connection(request: Request) -> Properties:
        identifier = request.properties["TargetId"]
        kind = "dbClusterIdentifier" if "Cluster" in request.properties["TargetType"] else "dbInstanceIdentifier"
        address = settings.postgres()
        connection = {"host": address.host, "port": address.port, kind: identifier, **DATABASES.get(identifier, {})}
        return {name: value for name, value in connection.items() if value is not None}


TYPES: tuple[ResourceType, ...] = (
    SecretTargetAttachment(),
    Recorded(
        "AWS::SecretsManager::RotationSchedule",
        "Id",
        lambda request: {"Id": request.properties["SecretId"]},
        ("SecretId",),
    ),
)
