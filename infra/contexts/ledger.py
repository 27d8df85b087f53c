"""ledger: accounts, their statements, and the check of the books."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.contexts.cloud import Cloud

_CHECK = Limits(timeout_s=300)
"""The check reads what was posted in a day."""


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("GET /v1/ledger/accounts", "list_accounts", cloud.database)
    context.rest("GET /v1/ledger/accounts/{account_id}/statement", "get_statement", cloud.database)
    context.rest("GET /v1/ledger/accounts/{account_id}/statement.csv", "get_statement_csv", cloud.database)
    context.scheduled("snapshot_balances", cdk.Duration.hours(1), cloud.database)
    context.scheduled("check_books", cdk.Duration.days(1), cloud.database, limits=_CHECK)
