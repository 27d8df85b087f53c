"""Accounts and statements: owners see their own, staff see all, and each line names its cause."""

import csv
import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.access import Caller
from rideflow.kernel.ids import uuid7
from rideflow.kernel.paging import CursorInvalidError
from rideflow.ledger.errors import AccountNotFoundError
from rideflow.ledger.model import Cause, credit, debit
from rideflow.ledger.statement_store import PostgresStatements
from rideflow.ledger.statements import READ, READ_ANY, Statements, StatementView, as_csv
from tests.adapters.ledger.books import WALLET, Books, clearing, revenue, somebodys

STAFF = Caller(uuid4(), frozenset({"operator"}), frozenset({READ_ANY}))


def somebody(person: UUID) -> Caller:
    return Caller(person, frozenset({"driver"}), frozenset({READ}))


@pytest.fixture
def statements(books: Books) -> Statements:
    return Statements(PostgresStatements(books.database))


def the_statement(statements: Statements, caller: Caller, account: UUID, **asked: object) -> StatementView:
    options = {"since": None, "until": None, "limit": 50, "cursor": None} | asked
    return statements.statement(caller, account, **options)  # type: ignore[arg-type]


def the_accounts(statements: Statements, caller: Caller, **asked: object) -> list[tuple[str, int, int]]:
    options = {"owner_kind": None, "owner_id": None, "kind": None, "limit": 50, "cursor": None} | asked
    page = statements.accounts(caller, **options)  # type: ignore[arg-type]
    return sorted((each.kind, each.balance_minor, each.available_minor) for each in page.accounts)


def test_a_statement_shows_each_entry_with_its_cause_and_the_balance_after_it(
    books: Books, statements: Statements
) -> None:
    driver, order = somebodys(), uuid7()
    books.pay(driver, 700, cause=Cause("order", order, "charge"), memo="Fare of trip 7")
    books.later(hours=1)
    books.post(debit(driver, 200), credit(clearing(), 200), memo="Payout")

    shown = the_statement(statements, somebody(driver.owner.id or uuid4()), driver.id)

    assert [(line.sequence, line.amount_minor, line.balance_minor, line.memo) for line in shown.lines] == [
        (2, -200, 500, "Payout"),
        (1, 700, 700, "Fare of trip 7"),
    ]
    assert shown.lines[1].cause.model_dump() == {"type": "order", "id": order, "step": "charge"}
    assert shown.lines[0].posted_at == shown.lines[0].effective_at == books.now
    assert (shown.account.balance_minor, shown.account.owner.kind, shown.account.owner.id) == (
        500,
        "driver",
        driver.owner.id,
    )
    assert shown.next_cursor is None


def test_what_is_only_reserved_is_no_line_but_not_available(books: Books, statements: Statements) -> None:
    wallet = somebodys(WALLET)
    books.pay(wallet, 700)
    books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")

    shown = the_statement(statements, STAFF, wallet.id)

    assert len(shown.lines) == 1
    assert (shown.account.balance_minor, shown.account.available_minor) == (700, 400)


def test_the_platforms_accounts_have_no_running_balance(books: Books, statements: Statements) -> None:
    books.post(debit(clearing(), 700), credit(revenue(), 700))

    shown = the_statement(statements, STAFF, revenue().id)

    assert [(line.sequence, line.amount_minor, line.balance_minor) for line in shown.lines] == [(None, 700, None)]
    assert shown.account.balance_minor == 700
    assert shown.account.owner.id is None


def test_pages_follow_each_other_without_gap_or_repeat(books: Books, statements: Statements) -> None:
    driver = somebodys()
    for amount in range(1, 6):
        books.pay(driver, amount)
    seen, cursor = [], None
    for _ in range(3):
        page = the_statement(statements, STAFF, driver.id, limit=2, cursor=cursor)
        seen += [line.amount_minor for line in page.lines]
        books.pay(driver, 99)  # new entries shift nothing
        cursor = page.next_cursor

    assert seen == [5, 4, 3, 2, 1]
    assert cursor is None


def test_a_period_takes_its_beginning_and_leaves_its_end(books: Books, statements: Statements) -> None:
    driver, began = somebodys(), books.now
    for amount in (1, 2, 3):
        books.pay(driver, amount)
        books.later(days=1)

    shown = the_statement(statements, STAFF, driver.id, since=began, until=began + timedelta(days=2))

    assert [line.amount_minor for line in shown.lines] == [2, 1]
    later = the_statement(statements, STAFF, driver.id, since=began + timedelta(days=1))
    assert [line.amount_minor for line in later.lines] == [3, 2]


def test_somebody_elses_account_looks_like_none(books: Books, statements: Statements) -> None:
    driver = somebodys()
    books.pay(driver, 700)

    for account in (driver.id, clearing().id, uuid4()):
        with pytest.raises(AccountNotFoundError):
            the_statement(statements, somebody(uuid4()), account)


@pytest.mark.parametrize("cursor", ["", "!", "AAAA", "ä", "A" * 30, "__________8"])
def test_a_cursor_of_nothing_is_refused(books: Books, statements: Statements, cursor: str) -> None:
    driver = somebodys()
    books.pay(driver, 700)

    with pytest.raises(CursorInvalidError):
        the_statement(statements, STAFF, driver.id, cursor=cursor)
    with pytest.raises(CursorInvalidError):
        the_accounts(statements, STAFF, cursor=cursor)


def test_people_list_their_own_accounts_and_staff_list_all(books: Books, statements: Statements) -> None:
    driver = somebodys()
    wallet = somebodys(WALLET, driver.owner.id)
    books.pay(driver, 700)
    books.pay(wallet, 300)
    books.pay(somebodys(), 1)
    me = somebody(driver.owner.id or uuid4())

    assert the_accounts(statements, me) == [("earnings", 700, 700), ("wallet", 300, 300)]
    assert the_accounts(statements, me, kind="wallet") == [("wallet", 300, 300)]
    assert the_accounts(statements, me, owner_id=uuid4()) == []
    assert the_accounts(statements, STAFF, owner_id=me.id) == the_accounts(statements, me)
    assert the_accounts(statements, STAFF, owner_kind="platform") == [("clearing", 1001, 1001)]
    assert len(the_accounts(statements, STAFF)) == 4


def test_accounts_come_in_pages(books: Books, statements: Statements) -> None:
    for _ in range(4):
        books.pay(somebodys(), 5)
    seen, cursor = [], None
    for _ in range(3):
        page = statements.accounts(STAFF, owner_kind=None, owner_id=None, kind=None, limit=2, cursor=cursor)
        seen += [account.id for account in page.accounts]
        cursor = page.next_cursor

    assert cursor is None
    assert len(set(seen)) == len(seen) == 5


def test_a_statement_as_csv_has_a_row_for_each_line(books: Books, statements: Statements) -> None:
    driver, order = somebodys(), uuid7()
    books.pay(driver, 700, cause=Cause("order", order, "charge"), memo='Fare, with "tolls"')

    (row,) = csv.DictReader(io.StringIO(as_csv(the_statement(statements, STAFF, driver.id))))

    assert row.pop("journal_id")
    assert row == {
        "sequence": "1",
        "posted_at": books.now.isoformat(),
        "effective_at": books.now.isoformat(),
        "memo": 'Fare, with "tolls"',
        "amount_minor": "700",
        "balance_minor": "700",
        "currency": "USD",
        "cause_type": "order",
        "cause_id": str(order),
        "step": "charge",
    }


def test_money_that_moved_before_it_was_posted_has_both_times(books: Books, statements: Statements) -> None:
    driver, moved_at = somebodys(), books.now
    fare = books.journal(debit(clearing(), 700), credit(driver, 700))
    books.later(hours=1)
    books.ledger.post([fare], books.now)

    shown = the_statement(statements, STAFF, driver.id)
    (row,) = csv.DictReader(io.StringIO(as_csv(shown)))

    assert [(line.posted_at, line.effective_at) for line in shown.lines] == [(books.now, moved_at)]
    assert (row["posted_at"], row["effective_at"]) == (books.now.isoformat(), moved_at.isoformat())


@pytest.mark.parametrize("memo", ['=HYPERLINK("https://example.com")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_memo_is_a_formula_to_a_spreadsheet(books: Books, statements: Statements, memo: str) -> None:
    driver = somebodys()
    books.pay(driver, 700, memo=memo)

    (row,) = csv.DictReader(io.StringIO(as_csv(the_statement(statements, STAFF, driver.id)), newline=""))

    assert row["memo"] == f"'{memo}"
