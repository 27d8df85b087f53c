"""The builder with which a context declares its Lambdas, queues, rules, workflows and routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from infra.capabilities import Database
from infra.constructs.consumer import EventConsumer, Subscription
from infra.constructs.function import Capability, Limits, OperationFunction, Runtime
from infra.constructs.naming import resource_name
from infra.constructs.queue import SOME, TEN, Batch, DeadLetterQueue, WorkQueue
from infra.constructs.routes import RestRoute, WebSocketRoute
from infra.constructs.schedule import Scheduled
from infra.constructs.workflow import Workflow

REST = Limits()
"""API Gateway gives up after 29 s; a rider gives up long before."""
AWAITED = Limits()
"""A step between a request and its driver: somebody waits for it as for an answer."""
BACKGROUND = Limits(memory_mb=256, timeout_s=10)
"""Work that nobody waits for."""


@dataclass(frozen=True)
class Routes:
    """Operations that contexts declared, for the API stack to serve."""

    rest: list[RestRoute]
    websocket: list[WebSocketRoute]


class Context:
    """Builds one bounded context's operations into its stack."""

    def __init__(self, scope: Construct, name: str, runtime: Runtime, bus: events.IEventBus, routes: Routes) -> None:
        self.scope, self.name, self.stage = scope, name, runtime.stage
        self._runtime, self._bus, self._routes = runtime, bus, routes

    def function(
        self,
        operation: str,
        *uses: Capability,
        limits: Limits = BACKGROUND,
        dead_letters: DeadLetterQueue | None = None,
    ) -> OperationFunction:
        """A function that something else starts: a saga step, an authorizer, a deployment."""
        return OperationFunction(
            self.scope,
            self.name,
            operation,
            runtime=self._runtime,
            uses=uses,
            limits=limits,
            dead_letters=dead_letters,
        )

    def rest(
        self,
        route: str,
        operation: str,
        *uses: Capability,
        public: bool = False,
        limits: Limits = REST,
    ) -> OperationFunction:
        """A REST operation; `route` is method and path, such as `POST /v1/trips`."""
        method, _, path = route.partition(" ")
        self._routes.rest.append(RestRoute(self.name, operation, method, path, public=public))
        return self.function(operation, *uses, limits=limits)

    def websocket(self, key: str, operation: str, *uses: Capability, limits: Limits = REST) -> OperationFunction:
        """A route of the WebSocket API: an action, or `$connect`, `$disconnect`, `$default`."""
        self._routes.websocket.append(WebSocketRoute(self.name, operation, key))
        return self.function(operation, *uses, limits=limits)

    def consumer(
        self,
        operation: str,
        of: Subscription,
        *uses: Capability,
        limits: Limits = BACKGROUND,
        batch: Batch = TEN,
        concurrency: int = SOME,
    ) -> EventConsumer:
        """A consumer of domain events with its rule and queue."""
        return EventConsumer(
            self.scope,
            f"{operation}-events",
            bus=self._bus,
            of=of,
            function=self.function(operation, *uses, limits=limits),
            timeout_s=limits.timeout_s,
            batch=batch,
            concurrency=concurrency,
        )

    def queue(self, name: str, *, limits: Limits = BACKGROUND) -> WorkQueue:
        """A queue of the context's own, for a worker with these limits."""
        return WorkQueue(
            self.scope,
            f"{name}-queue",
            name=resource_name(self.stage.name, self.name, name),
            worker_timeout_s=limits.timeout_s,
        )

    def worker(
        self,
        operation: str,
        work: WorkQueue,
        *uses: Capability,
        limits: Limits = BACKGROUND,
        batch: Batch = TEN,
        concurrency: int = SOME,
    ) -> OperationFunction:
        """A function that works off a queue of the context's own."""
        function = self.function(operation, *uses, limits=limits)
        work.worked_by(function.alias, batch, concurrency=concurrency)
        return function

    def scheduled(
        self, operation: str, every: cdk.Duration, *uses: Capability, limits: Limits = BACKGROUND
    ) -> OperationFunction:
        """A function that runs by the clock; it may sleep while nobody uses the database."""
        dead_letters = DeadLetterQueue(
            self.scope,
            f"{operation}-dead-letters",
            resource_name(self.stage.name, self.name, f"{operation}-dead"),
        )
        of_a_sweep = [each.sweeping() if isinstance(each, Database) else each for each in uses]
        function = self.function(operation, *of_a_sweep, limits=limits, dead_letters=dead_letters)
        Scheduled(self.scope, f"{operation}-schedule", every=every, function=function, dead_letters=dead_letters)
        return function

    def workflow(self, name: str, steps: Mapping[str, Sequence[str]]) -> Workflow:
        """The saga of `infra/workflows/<name>.asl.json`; `steps` are the operations it calls, by context."""
        return Workflow(self.scope, name, stage=self.stage, steps=steps)
