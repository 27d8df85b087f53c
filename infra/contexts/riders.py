"""riders: profiles."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("GET /v1/riders/me", "get_profile", cloud.database)
    context.rest("PUT /v1/riders/me", "put_profile", cloud.database)
    context.consumer("on_user_registered", events_of("identity", "UserRegistered"), cloud.database, cloud.person_keys)
