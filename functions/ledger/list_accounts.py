"""`GET /v1/ledger/accounts`: accounts with their balances.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.ledger.statements import READ, READ_ANY, AccountPage
from rideflow.ledger.wiring import statements

app = rest_api()

Word = Query(pattern="^[a-z_]{1,40}$")


@app.get("/v1/ledger/accounts")
def list_accounts(
    caller: Annotated[Caller, Depends(permitted(READ, READ_ANY))],
    *,
    owner_kind: Annotated[str | None, Word] = None,
    owner_id: UUID | None = None,
    kind: Annotated[str | None, Word] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
) -> AccountPage:
    """Riders and drivers see their own accounts; staff see everybody's, and the platform's."""
    return statements().accounts(
        caller, owner_kind=owner_kind, owner_id=owner_id, kind=kind, limit=limit, cursor=cursor
    )
