"""kernel: the database's schema, and sweepers that finish work after a crash."""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import DeploymentAnswers
from infra.constructs.consumer import every_event
from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.constructs.migrations import Migrations
from infra.constructs.queue import FEW, Batch
from infra.contexts.cloud import Cloud

_GATHERED = Batch(500, cdk.Duration.seconds(5))
"""Nobody waits for the deletion of an outbox row, so that one statement deletes many."""

_MIGRATION = Limits(timeout_s=600)
"""For an index on a large table, and for tables that others lock."""

_SWEEP = Limits(timeout_s=50)
"""A run is over before the next one begins."""


def declare(context: Context, cloud: Cloud) -> None:
    migrate = context.function("migrate", cloud.migrator, DeploymentAnswers(), limits=_MIGRATION)
    migrations = Migrations(context.scope, "Migrations", migrate, timeout_s=_MIGRATION.timeout_s)
    published = context.consumer("on_event_published", every_event(), cloud.database, batch=_GATHERED, concurrency=FEW)
    of_all = cloud.bus.of_every_context()
    outbox = context.scheduled("sweep_outbox", cdk.Duration.minutes(1), cloud.database, of_all, limits=_SWEEP)
    keys = context.scheduled("forget_idempotency_keys", cdk.Duration.hours(1), cloud.database, limits=_SWEEP)
    for function in (published.function, outbox, keys):
        function.node.add_dependency(migrations)  # other contexts' stacks follow this one
