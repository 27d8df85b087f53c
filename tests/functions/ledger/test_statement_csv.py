"""The statement as CSV, as API Gateway answers it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import pytest

from functions.ledger import get_statement, get_statement_csv, list_accounts
from rideflow.kernel.clock import utc_now
from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import database
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Journal, Owner, credit, debit
from rideflow.ledger.store import PostgresLedger
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer, rest_event, signed_in

DRIVER = uuid4()
EARNINGS = Account(Owner("driver", DRIVER), AccountKind("earnings", "credit"), "USD")
CLEARING = Account(PLATFORM, AccountKind("clearing", "debit", shared=True), "USD")


@pytest.fixture(autouse=True)
def _earned(cloud: Cloud) -> None:
    lines = (debit(CLEARING, 700), credit(EARNINGS, 700))
    for number in range(3):
        cause = Cause("order", uuid7(), "charge")
        PostgresLedger(database()).post([Journal.of(uuid7(), cause, f"Ride {number}", utc_now(), lines)], utc_now())


def ask(query: dict[str, str], account: Account = EARNINGS, person: UUID = DRIVER) -> dict[str, Any]:
    path = f"/v1/ledger/accounts/{account.id}/statement.csv"
    event = rest_event("GET", path, caller=signed_in("driver", person_id=person), query=query)
    returned: dict[str, Any] = get_statement_csv.app(event, LambdaContext())
    return returned


def rows(returned: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(returned["body"])))


def test_rows_come_as_csv_and_the_link_leads_to_the_next_page() -> None:
    first = ask({"limit": "2", "since": "2026-01-01T00:00:00Z"})
    (link,) = first["multiValueHeaders"]["Link"]
    address, _, relation = link.partition("; ")
    then = ask(dict(parse_qsl(urlsplit(address.strip("<>")).query)))

    assert (first["statusCode"], first["multiValueHeaders"]["Content-Type"]) == (200, ["text/csv; charset=utf-8"])
    assert [(row["sequence"], row["balance_minor"], row["memo"]) for row in rows(first)] == [
        ("3", "2100", "Ride 2"),
        ("2", "1400", "Ride 1"),
    ]
    assert relation == 'rel="next"'
    assert [row["sequence"] for row in rows(then)] == ["1"]
    assert "Link" not in then["multiValueHeaders"]


def test_somebody_elses_statement_is_a_problem_and_no_csv() -> None:
    refused = ask({}, person=uuid4())

    assert refused["statusCode"] == 404
    assert json.loads(refused["body"])["code"] == "account_not_found"


def test_the_account_is_found_in_the_list_with_its_balance() -> None:
    event = rest_event("GET", "/v1/ledger/accounts", caller=signed_in("driver", person_id=DRIVER))

    listed = answer(list_accounts.app, event)

    assert [(each["id"], each["balance_minor"]) for each in listed.body["accounts"]] == [(str(EARNINGS.id), 2100)]


@pytest.mark.parametrize(("suffix", "function"), [("", get_statement), (".csv", get_statement_csv)])
def test_a_period_that_ends_before_it_begins_is_refused_by_the_name_of_its_field(suffix: str, function: Any) -> None:
    path = f"/v1/ledger/accounts/{EARNINGS.id}/statement{suffix}"
    period = {"since": "2026-10-02T00:00:00Z", "until": "2026-10-01T23:59:59Z"}

    refused = answer(function.app, rest_event("GET", path, caller=signed_in("driver", person_id=DRIVER), query=period))

    (error,) = refused.body["errors"]
    assert (refused.status, refused.code, error["field"]) == (422, "invalid_input", "until")
