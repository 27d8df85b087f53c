"""One stack for each bounded context."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.context import Context, Routes
from infra.constructs.function import Runtime
from infra.contexts import Declaration
from infra.contexts.cloud import Cloud
from infra.stacks.base import StageStack


class ContextStack(StageStack):
    """Holds what `infra/contexts/<context>.py` declares; its functions publish its own events unless told otherwise."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        declare: Declaration,
        *,
        runtime: Runtime,
        bus: events.IEventBus,
        cloud: Cloud,
        routes: Routes,
    ) -> None:
        super().__init__(scope, name, runtime.stage, f"operations of {name}")
        declare(Context(self, name, runtime, bus, routes), replace(cloud, bus=cloud.bus.of(name)))
