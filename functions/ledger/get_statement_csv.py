"""`GET /v1/ledger/accounts/{account_id}/statement.csv`: what moved an account, newest first, as CSV (RFC 4180).

Needs: database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import AwareDatetime

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.ledger.statements import READ, READ_ANY, as_csv, links
from rideflow.ledger.wiring import statements

app = rest_api()


CSV: Mapping[int, OpenAPIResponse] = {
    200: {
        "description": "A header and a row for each entry; `Link` has the address of the next page, if there is one",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@app.get("/v1/ledger/accounts/<account_id>/statement.csv", responses=dict(CSV))
def get_statement_csv(
    account_id: UUID,
    caller: Annotated[Caller, Depends(permitted(READ, READ_ANY))],
    *,
    since: Annotated[AwareDatetime | None, Query(description="Entries posted at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Entries posted before this time")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    cursor: Annotated[str | None, Query(max_length=64, description="`cursor` of the link to the next page")] = None,
) -> Response[str]:
    page = statements().statement(caller, account_id, since=since, until=until, limit=limit, cursor=cursor)
    return Response(200, "text/csv; charset=utf-8", as_csv(page), headers=links(page, since, until, limit))
