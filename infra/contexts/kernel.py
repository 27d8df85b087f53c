"""kernel: the database's schema, and sweepers that finish what a crash left behind."""

from __future__ import annotations

from infra.constructs.context import Context
from infra.constructs.function import Size
from infra.constructs.migrations import Migrations
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    migrate = context.function("migrate", cloud.database, size=Size(timeout_s=300))
    Migrations(context.scope, "Migrations", migrate)
