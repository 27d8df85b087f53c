"""realtime: connections of apps, and catching up after a reconnect."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import AWAITED, Context
from infra.constructs.queue import MANY, ONE_BY_ONE
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    # `$connect` closes the person's oldest connections, and removes its own if the session was ended meanwhile.
    context.websocket("$connect", "connect", cloud.realtime.admitting(), cloud.sessions)
    context.websocket("$disconnect", "disconnect", cloud.realtime.registering("DeleteItem"))
    context.websocket("$default", "default")
    context.websocket("ping", "ping")
    context.websocket("sync", "sync", cloud.database, cloud.person_keys)
    # Closing takes seconds while a gateway hangs or handshakes are open: nobody else's sign-out waits for it.
    logged_out = events_of("identity", "UserLoggedOut")
    context.consumer(
        "on_user_logged_out", logged_out, cloud.realtime.closing(), limits=AWAITED, batch=ONE_BY_ONE, concurrency=MANY
    )
