"""PostgreSQL itself keeps the ledger: what was posted stays, and what does not balance is not committed."""

from contextlib import closing
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from rideflow.kernel.ids import uuid7
from rideflow.ledger.model import Account, credit, debit
from tests.adapters.ledger.books import Books, a_cause, clearing, revenue, somebodys
from tests.databases import database_at

JOURNAL: LiteralString = (
    "insert into ledger_journals (id, cause_type, cause_id, step, phase, lines, memo, effective_at, posted_at)"
    " values (%(journal)s, 'order', %(journal)s, 'capture', 'posted', %(lines)s, 'A ride', %(at)s, %(at)s)"
)
ENTRY: LiteralString = (
    "insert into ledger_entries (journal_id, line, lines, phase, account_id, currency, amount_minor, posted_at)"
    " values (%(journal)s, %(line)s, %(lines)s, 'posted', %(account)s, %(currency)s, %(amount)s, %(at)s)"
)


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entries set amount_minor = amount_minor + 1",
        "delete from ledger_entries",
        "truncate ledger_entries cascade",
        "update ledger_journals set memo = 'Another ride'",
        "delete from ledger_journals",
        "truncate ledger_journals cascade",
    ],
)
def test_what_was_posted_is_never_changed_deleted_or_truncated(books: Books, statement: LiteralString) -> None:
    """Functions have no right to; the owner has, and the triggers refuse it."""
    driver = somebodys()
    books.pay(driver, 700)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.database.execute(statement, {})
    with pytest.raises(psycopg.errors.RestrictViolation):
        books.owner.execute(statement, {})

    assert books.entries(driver) == [(1, -700, -700)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into ledger_accounts select * from ledger_accounts",
        "insert into ledger_journals (id) select id from ledger_journals",
        "insert into ledger_entries (journal_id) select journal_id from ledger_entries",
        "insert into ledger_balances select * from ledger_balances",
        "update ledger_balances set posted_minor = posted_minor - 1000000",
        "delete from ledger_balances",
        "insert into ledger_open_journals select id, now() from ledger_journals",
        "delete from ledger_open_journals",
        "insert into ledger_snapshots select id, 1, 1000000, now() from ledger_accounts",
    ],
)
def test_functions_write_nothing_by_hand(books: Books, statement: LiteralString) -> None:
    """No check finds a balance that was set, or a snapshot that was made up, of an account that nobody posts to."""
    driver = somebodys()
    books.pay(driver, 700)
    hold = books.post(debit(clearing(), 300), credit(revenue(), 300), phase="pending")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.database.execute(statement, {})

    assert books.ledger.balance(driver).posted_minor == 700
    books.post(phase="void", resolves=hold)


@pytest.mark.parametrize(
    ("amounts", "lines"),
    [((100, -99), 2), ((100,), 1), ((100, -100), 3), ((), 2)],
    ids=["not zero", "one side only", "a line is missing", "no line at all"],
)
def test_a_journal_that_does_not_balance_or_lacks_lines_is_not_committed(
    books: Books, amounts: tuple[int, ...], lines: int
) -> None:
    books.post(debit(clearing(), 1), credit(revenue(), 1))
    journal = uuid7()

    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        write(books, journal, lines, *[(amount, "USD") for amount in amounts])

    assert refused.value.diag.constraint_name == "ledger_journals_balanced"
    assert books.rows("select 1 from ledger_journals where id = %(id)s", id=journal) == []


def test_each_currency_of_a_journal_balances(books: Books) -> None:
    books.post(debit(clearing("EUR"), 1), credit(revenue("EUR"), 1), debit(clearing(), 1), credit(revenue(), 1))

    with pytest.raises(psycopg.errors.CheckViolation, match="sum to zero"):
        write(books, uuid7(), 2, (100, "USD"), (-100, "EUR"))


@pytest.mark.parametrize("line", [1, 3, 0])
def test_no_entry_is_added_to_a_journal_later(books: Books, line: int) -> None:
    cause = books.post(debit(clearing(), 1), credit(revenue(), 1))
    (journal,) = books.rows("select id from ledger_journals where cause_id = %(id)s", id=cause.id)

    with pytest.raises((psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation)):
        add(books, journal["id"], line, 2, 100)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        add(books, journal["id"], 3, 4, 100)


def test_an_entry_has_the_currency_of_its_account(books: Books) -> None:
    books.post(debit(clearing(), 1), credit(revenue(), 1))

    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="ledger_entries_account_id_currency_fkey"):
        write(books, uuid7(), 1, (100, "EUR"), account=clearing("USD"))


def test_a_caller_that_fails_after_posting_leaves_nothing(books: Books, database_url: str) -> None:
    driver, cause = somebodys(), a_cause()
    books.pay(driver, 1)

    def crash() -> None:
        with books.database.transaction():
            books.pay(driver, 700, cause=cause)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        crash()

    with closing(database_at(database_url)) as other:
        assert (
            other.value("select posted_minor from ledger_balances where account_id = %(id)s", {"id": driver.id}) == -1
        )
    books.pay(driver, 700, cause=cause)
    assert books.entries(driver) == [(1, -1, -1), (2, -700, -701)]


def write(books: Books, journal: UUID, lines: int, *amounts: tuple[int, str], account: Account | None = None) -> None:
    """A journal by plain SQL of the schema's owner, which no code of ours has looked at."""
    with books.owner.transaction():
        books.owner.execute(JOURNAL, {"journal": journal, "lines": lines, "at": books.now})
        for number, (amount, currency) in enumerate(amounts, 1):
            add(books, journal, number, lines, amount, currency, account)


def add(
    books: Books,
    journal: UUID,
    line: int,
    lines: int,
    amount: int,
    currency: str = "USD",
    account: Account | None = None,
) -> None:
    account = account or (clearing(currency) if amount > 0 else revenue(currency))
    parameters = {"journal": journal, "line": line, "lines": lines, "account": account.id, "at": books.now}
    books.owner.execute(ENTRY, parameters | {"currency": currency, "amount": amount})
