"""realtime: connections of apps, and catching up after a reconnect."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    # `$connect` removes the connection that it listed if the session was ended meanwhile.
    context.websocket("$connect", "connect", cloud.realtime.registering("PutItem", "DeleteItem"), cloud.sessions)
    context.websocket("$disconnect", "disconnect", cloud.realtime.registering("DeleteItem"))
    context.websocket("$default", "default")
    context.websocket("ping", "ping")
    context.websocket("sync", "sync", cloud.database)
    context.consumer("on_user_logged_out", events_of("identity", "UserLoggedOut"), cloud.realtime)
