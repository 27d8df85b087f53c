"""The ledger in PostgreSQL: journals are posted once, balances are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from rideflow.kernel.postgres import Database, Row, sql
from rideflow.ledger.errors import InsufficientBalanceError, JournalConflictError
from rideflow.ledger.model import Account, AccountKind, Cause, Journal, balance

_PACKAGE = "rideflow.ledger"
POSTING_LOCK = 0x1ED6E5
"""The key of the advisory lock that postings share, and that a snapshot waits for."""
_PHASE_OF_THE_FORMER = ("ledger_journals_resolves_resolved_phase_fkey", "ledger_journals_reverses_reversed_phase_fkey")


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's balance in minor units on its normal side. `available_minor` is what is not reserved of it."""

    posted_minor: int
    available_minor: int


class PostgresLedger:
    """Posts journals and reads balances. Its statements join the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def post(self, journals: Sequence[Journal], at: datetime) -> None:
        """Post the journals together. Those that were posted before are left out, so a repeat posts nothing.

        Raises `JournalConflictError` if a step was posted with other lines, or resolves or reverses another journal; if
        the journal to resolve or reverse is not there, is not open or not posted, or was resolved or reversed by
        another. Raises `InsufficientBalanceError` if a floored account has too little. The caller's transaction is to
        be rolled back then: journals beside the refused one may be posted in it.
        """
        parameters = _parameters(journals, at)
        posted = self._posted(parameters, journals, at)
        for journal in journals:
            if journal.id not in posted:
                self._check_repeat(journal)

    def balance(self, account: Account) -> Balance:
        """The balance, zero of an account that nothing was posted to."""
        row = self._database.one(sql(_PACKAGE, "balance"), {"account_id": account.id})
        if row is None:
            return Balance(0, 0)
        posted, reserved = balance(account.kind, int(row["posted_minor"])), int(row["reserved_minor"])
        return Balance(posted, posted - reserved)

    def _posted(self, parameters: dict[str, Any], journals: Sequence[Journal], at: datetime) -> set[UUID]:
        answer = self._asked(parameters)
        if answer["missing"]:
            missing = set(answer["missing"])
            self._open((line.account for each in journals for line in each.lines if line.account.id in missing), at)
            answer = self._asked(parameters)
        return set(answer["posted"] or ())

    def _asked(self, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._database.one(sql(_PACKAGE, "journals_post"), parameters) or {}
        except errors.CheckViolation as error:
            if error.diag.constraint_name != "ledger_balances_floor":
                raise
            raise InsufficientBalanceError("The account has too little.") from error
        except errors.UniqueViolation as error:
            if error.diag.constraint_name not in ("ledger_journals_resolves_key", "ledger_journals_reverses_key"):
                raise
            raise JournalConflictError("Another journal has resolved or reversed it.") from error
        except errors.ForeignKeyViolation as error:
            if error.diag.constraint_name not in _PHASE_OF_THE_FORMER:
                raise
            raise JournalConflictError("Only what is pending is resolved, only what is posted reversed.") from error

    def _open(self, accounts: Iterable[Account], at: datetime) -> None:
        rows = {
            account.id: {
                "id": str(account.id),
                "owner_kind": account.owner.kind,
                "owner_id": None if account.owner.id is None else str(account.owner.id),
                "currency": account.currency,
                **kind_row(account.kind),
            }
            for account in accounts
        }
        self._database.execute(sql(_PACKAGE, "accounts_open"), {"accounts": Jsonb(list(rows.values())), "at": at})

    def _check_repeat(self, journal: Journal) -> None:
        """A journal that was not posted is a repeat of the one that is there."""
        cause = journal.cause
        rows = self._database.all(
            sql(_PACKAGE, "journal_lines"), {"type": cause.type, "id": cause.id, "step": cause.step}
        )
        if not rows:
            raise JournalConflictError("There is nothing to resolve or reverse.", cause_id=cause.id, step=cause.step)
        lines = Counter((row["account_id"], row["amount_minor"]) for row in rows if row["account_id"] is not None)
        there = (rows[0]["phase"], lines, _cause(rows[0], "resolves"), _cause(rows[0], "reverses"))
        wanted = Counter((line.account.id, line.amount_minor) for line in journal.lines)
        if there != (journal.phase, wanted, journal.resolves, journal.reverses):
            raise JournalConflictError("Another journal was posted for it.", cause_id=cause.id, step=cause.step)


def kind_row(kind: AccountKind) -> dict[str, str | bool]:
    """The columns of an account that its kind decides."""
    return {
        "kind": kind.name,
        "normal_side": kind.normal_side,
        "is_floored": kind.floored,
        "keeps_balance": not kind.shared,
        "is_clearing": kind.clearing,
    }


def _parameters(journals: Sequence[Journal], at: datetime) -> dict[str, Any]:
    lines = [
        {
            "journal_id": str(journal.id),
            "phase": journal.phase,
            "lines": len(journal.lines),
            "line": number,
            "account_id": str(line.account.id),
            "currency": line.account.currency,
            "amount_minor": line.amount_minor,
        }
        for journal in journals
        for number, line in enumerate(journal.lines, 1)
    ]
    return {
        "journals": Jsonb([_row(journal) for journal in journals]),
        "lines": Jsonb([{"number": number, **line} for number, line in enumerate(lines)]),
        "at": at,
        "lock": POSTING_LOCK,
    }


def _row(journal: Journal) -> dict[str, Any]:
    return {
        "id": str(journal.id),
        **_named("cause", journal.cause),
        "step": journal.cause.step,
        "phase": journal.phase,
        "lines": len(journal.lines),
        "memo": journal.memo,
        "effective_at": journal.effective_at.isoformat(),
        **_referred("resolves", journal.resolves),
        **_referred("reverses", journal.reverses),
    }


def _named(prefix: str, cause: Cause) -> dict[str, str]:
    return {f"{prefix}_type": cause.type, f"{prefix}_id": str(cause.id)}


def _referred(prefix: str, cause: Cause | None) -> dict[str, str]:
    return {} if cause is None else _named(prefix, cause) | {f"{prefix}_step": cause.step}


def _cause(row: Row, prefix: str) -> Cause | None:
    """The cause in the columns whose names begin so; None if they are null."""
    named = [row[f"{prefix}_{name}"] for name in ("type", "id", "step")]
    return None if None in named else Cause(*named)
