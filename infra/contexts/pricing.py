"""pricing: quotes."""

from __future__ import annotations

from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("POST /v1/quotes", "request_quote", cloud.database)
