"""realtime: connections of apps, and what a reconnecting app missed."""

from __future__ import annotations

from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    context.websocket("$connect", "connect", cloud.realtime.registering("PutItem"))
    context.websocket("$disconnect", "disconnect", cloud.realtime.registering("DeleteItem"))
    context.websocket("$default", "default")
    context.websocket("ping", "ping")
    context.websocket("sync", "sync", cloud.database)
