"""What the handlers of the ledger hand on of their example events."""

from datetime import UTC, datetime
from uuid import UUID

from tests.functions.lambda_events import signed_in
from tests.functions.people import DRIVER
from tests.functions.spying import Case, call, leads_to

ACCOUNT = UUID("5d78f2f1-f7e9-5dce-9e7d-7214e59e2f11")
PERIOD = {"since": datetime(2026, 10, 1, tzinfo=UTC), "until": datetime(2026, 11, 1, tzinfo=UTC)}

HANDED_ON: dict[str, list[Case]] = {
    "list_accounts": [
        leads_to(
            call(
                "statements.accounts",
                signed_in("driver", person_id=DRIVER),
                owner_kind="driver",
                owner_id=None,
                kind="driver_payable",
                limit=10,
                cursor=None,
            )
        )
    ],
    "get_statement": [
        leads_to(
            call(
                "statements.statement", signed_in("driver", person_id=DRIVER), ACCOUNT, **PERIOD, limit=50, cursor=None
            )
        )
    ],
    "get_statement_csv": [
        leads_to(
            call(
                "statements.statement", signed_in("driver", person_id=DRIVER), ACCOUNT, **PERIOD, limit=50, cursor=None
            )
        )
    ],
    "snapshot_balances": [leads_to(call("checking.snapshot"))],
    "check_books": [leads_to(call("checking.check"))],
}
