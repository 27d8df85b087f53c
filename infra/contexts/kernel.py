"""kernel: the database's schema, and sweepers that finish what a crash left behind."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.constructs.migrations import Migrations
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    migrate = context.function("migrate", cloud.database, limits=Limits(timeout_s=600))
    Migrations(context.scope, "Migrations", migrate)
    context.scheduled("sweep_outbox", cdk.Duration.minutes(1), cloud.database, cloud.bus)
    context.scheduled("sweep_stuck_trips", cdk.Duration.minutes(1), cloud.database, cloud.bus)
    context.scheduled("forget_idempotency_keys", cdk.Duration.hours(1), cloud.database)
