"""Accounts and their statements, as their owners and staff see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from rideflow.kernel.access import Caller
from rideflow.kernel.errors import InvalidInputError
from rideflow.kernel.model import View
from rideflow.kernel.money import AmountMinor, Currency
from rideflow.kernel.paging import cursor_of, read_cursor, read_number
from rideflow.ledger.errors import AccountNotFoundError

if TYPE_CHECKING:
    from rideflow.ledger.statement_store import PostgresStatements

READ, READ_ANY = "ledger:read", "ledger:read:any"
FIRST = UUID(int=0)
_BEYOND_ANY = 2**63 - 1
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

CSV_COLUMNS = (
    "sequence", "posted_at", "effective_at", "memo", "amount_minor", "balance_minor", "currency", "cause_type",
    "cause_id", "step", "journal_id",
)  # fmt: skip


class AccountOwner(View):
    """The owner of an account; `id` is null for the platform."""

    kind: Annotated[str, Field(examples=["driver"])]
    id: UUID | None


class AccountView(View):
    """An account with its balance. `available_minor` is the balance without what is reserved of it."""

    id: UUID
    owner: AccountOwner
    kind: Annotated[str, Field(examples=["driver_payable"])]
    currency: Currency
    balance_minor: AmountMinor
    available_minor: AmountMinor
    opened_at: datetime


class AccountPage(View):
    accounts: tuple[AccountView, ...]
    next_cursor: str | None


class JournalCause(View):
    """What a journal was posted for: the step of a thing, such as the capture of an order."""

    type: Annotated[str, Field(examples=["order"])]
    id: UUID
    step: Annotated[str, Field(examples=["capture"])]


class StatementLine(View):
    """One entry. An amount is positive if it makes the balance greater.

    `sequence` numbers the entries of a person's account without gaps, and `balance_minor` is the balance after the
    entry; the platform's accounts have neither.
    """

    sequence: int | None
    posted_at: datetime
    effective_at: Annotated[datetime, Field(description="When the money moved")]
    memo: Annotated[str, Field(description="The cause in words", examples=["Payment of the fare of trip …"])]
    amount_minor: AmountMinor
    balance_minor: AmountMinor | None
    cause: JournalCause
    journal_id: UUID


class StatementView(View):
    """A page of an account's entries, newest first, of the period that was asked for."""

    account: AccountView
    lines: tuple[StatementLine, ...]
    next_cursor: str | None


class Statements:
    """Shows accounts to their owners, and all of them to staff who may read any."""

    def __init__(self, store: PostgresStatements) -> None:
        self._store = store

    def accounts(
        self,
        caller: Caller,
        *,
        owner_kind: str | None,
        owner_id: UUID | None,
        kind: str | None,
        limit: int,
        cursor: str | None,
    ) -> AccountPage:
        """A page of accounts by id. A caller without the permission to read any sees their own, whatever they ask for.

        Raises `CursorInvalidError`.
        """
        after = FIRST if cursor is None else read_cursor(cursor)
        if READ_ANY not in caller.permissions:
            if owner_id not in (None, caller.id):
                return AccountPage(accounts=(), next_cursor=None)
            owner_id = caller.id
        rows = self._store.accounts(owner_kind, owner_id, kind, after, limit + 1)
        shown = tuple(_account(row) for row in rows[:limit])
        return AccountPage(accounts=shown, next_cursor=cursor_of(shown[-1].id) if len(rows) > limit else None)

    def statement(
        self,
        caller: Caller,
        account_id: UUID,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> StatementView:
        """A page of the account's statement.

        Raises `AccountNotFoundError`, also for an account that the caller may not read; `CursorInvalidError`;
        `InvalidInputError` for a period that ends before it begins.
        """
        if since is not None and until is not None and until < since:
            raise InvalidInputError("The period ends before it begins.", field="until")
        before = _BEYOND_ANY if cursor is None else read_number(cursor)
        row = self._store.account(account_id)
        if row is None or (READ_ANY not in caller.permissions and row["owner_id"] != caller.id):
            raise AccountNotFoundError("There is no such account.")
        entries = self._store.entries(account_id, since, until, before, limit + 1)
        sign = _sign(row)
        next_cursor = cursor_of(entries[limit - 1]["position"]) if len(entries) > limit else None
        lines = tuple(_line(entry, sign) for entry in entries[:limit])
        return StatementView(account=_account(row), lines=lines, next_cursor=next_cursor)


def as_csv(statement: StatementView) -> str:
    """The lines of the statement as CSV (RFC 4180), with a header. No memo is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for line in statement.lines:
        writer.writerow(
            (
                line.sequence, line.posted_at.isoformat(), line.effective_at.isoformat(), _text(line.memo),
                line.amount_minor, line.balance_minor, statement.account.currency, line.cause.type, line.cause.id,
                line.cause.step, line.journal_id,
            )
        )  # fmt: skip
    return text.getvalue()


def _text(words: str) -> str:
    """The words, behind an apostrophe if a spreadsheet would take them for a formula.

    Source: https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{words}" if words.startswith(_BEGINS_A_FORMULA) else words


def links(page: StatementView, since: datetime | None, until: datetime | None, limit: int) -> dict[str, str]:
    """The header that names the next page (RFC 8288), relative to this one; none after the last page."""
    if page.next_cursor is None:
        return {}
    asked = {
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "limit": limit,
        "cursor": page.next_cursor,
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return {"Link": f'<statement.csv?{query}>; rel="next"'}


def _sign(row: Mapping[str, Any]) -> int:
    """Debits are stored positive; a statement is positive on the account's normal side."""
    return 1 if row["normal_side"] == "debit" else -1


def _account(row: Mapping[str, Any]) -> AccountView:
    balance_minor = _sign(row) * int(row["posted_minor"])
    return AccountView(
        id=row["id"],
        owner=AccountOwner(kind=row["owner_kind"], id=row["owner_id"]),
        kind=row["kind"],
        currency=row["currency"],
        balance_minor=balance_minor,
        available_minor=balance_minor - int(row["reserved_minor"]),
        opened_at=row["opened_at"],
    )


def _line(row: Mapping[str, Any], sign: int) -> StatementLine:
    return StatementLine(
        sequence=row["sequence"],
        posted_at=row["posted_at"],
        effective_at=row["effective_at"],
        memo=row["memo"],
        amount_minor=sign * row["amount_minor"],
        balance_minor=None if row["balance_minor"] is None else sign * row["balance_minor"],
        cause=JournalCause(type=row["cause_type"], id=row["cause_id"], step=row["step"]),
        journal_id=row["journal_id"],
    )
