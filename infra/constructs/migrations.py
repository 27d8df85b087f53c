"""The schema is brought up to date while the stack is deployed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from infra.constructs.function import OperationFunction

_SOURCES = Path(__file__).resolve().parents[2] / "layers" / "rideflow" / "python" / "rideflow"


class Migrations(Construct):
    """CloudFormation runs the function when a migration was added, and fails the deployment if the function fails.

    The function itself answers CloudFormation. `triggers.Trigger` and CDK's provider framework would put a Node.js
    function between the two. A function that dies without an answer fails the deployment a minute after its timeout;
    CloudFormation's own timeout is an hour.
    """

    def __init__(self, scope: Construct, construct_id: str, migrate: OperationFunction, *, timeout_s: int) -> None:
        super().__init__(scope, construct_id)
        run = cdk.CustomResource(
            self,
            "Run",
            service_token=migrate.function.function_arn,
            resource_type="Custom::Migrations",
            properties={"migrations": digest()},
            service_timeout=cdk.Duration.seconds(timeout_s + 60),
        )
        run.node.add_dependency(migrate)  # also on the permissions that the function is given


def digest() -> str:
    """Changes when a migration file is added or edited."""
    files = sorted(_SOURCES.glob("*/migrations/*.sql"))
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(_SOURCES).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:16]
