"""The Lambda layers."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.naming import resource_name
from infra.layers import Archive, dependencies_layer, rideflow_layer
from infra.stacks.base import StageStack
from infra.stages import Stage


class LayersStack(StageStack):
    """One layer version for each content: its name contains the content's hash, its number is always 1.

    Functions know its ARN from the content alone, so no stack imports it from this one; an export that changes with
    each build could never be updated. Old versions stay for functions that are not updated yet.
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "layers", stage, "what every function imports")
        archives = (dependencies_layer(stage.target), rideflow_layer(stage.further_markets))
        self.layer_names = [self._layer(archive) for archive in archives]

    def _layer(self, archive: Archive) -> str:
        name = resource_name(self.stage.name, archive.name, archive.digest)
        lambda_.LayerVersion(
            self,
            f"{archive.name}-{archive.digest}",
            layer_version_name=name,
            code=lambda_.Code.from_asset(str(archive.path), asset_hash=archive.digest),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        return name
