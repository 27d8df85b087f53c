"""`GET /v1/ledger/accounts/{account_id}/statement`: what moved an account, newest first.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.ledger.statements import READ, READ_ANY, StatementView
from rideflow.ledger.wiring import statements

app = rest_api()


@app.get("/v1/ledger/accounts/<account_id>/statement")
def get_statement(
    account_id: UUID,
    caller: Annotated[Caller, Depends(permitted(READ, READ_ANY))],
    *,
    since: Annotated[AwareDatetime | None, Query(description="Entries posted at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Entries posted before this time")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
) -> StatementView:
    return statements().statement(caller, account_id, since=since, until=until, limit=limit, cursor=cursor)
