"""Accounts and journals of double entry: what may be posted, decided without I/O.

A debit is positive, a credit negative. A journal's lines sum to zero in each currency. Two-phase journals follow
TigerBeetle's transfers (docs.tigerbeetle.com, "Two-Phase Transfers"): a pending journal reserves, and one later journal
posts or voids it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

type Side = Literal["debit", "credit"]
type Phase = Literal["pending", "posted", "void"]

_ACCOUNTS = UUID("6b1f3ea8-3d0c-5f5f-9d0e-1d5f0c5a4e01")


class UnbalancedJournalError(ValueError):
    """The lines of a journal do not sum to zero, or a line cannot be posted: a fault of the code that made it."""


@dataclass(frozen=True, slots=True)
class AccountKind:
    """What accounts of one kind are alike in.

    `normal_side` is the side on which a statement shows a positive balance: debit for what is owned or spent, credit
    for what is owed or earned. The balance of a floored account is never below zero, with its reserved amounts
    counted. The balance of a `shared` account is not kept in a row, since many postings at once would queue for it. A
    cause that puts something into a `clearing` account takes it out again in a later step.
    """

    name: str
    normal_side: Side
    floored: bool = False
    shared: bool = False
    clearing: bool = False

    def __post_init__(self) -> None:
        if self.floored and self.shared:
            raise ValueError("a floor is checked on the row of a balance, which a shared account does not have")


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an account: `platform`, which has no id, or somebody of a kind, such as `driver`."""

    kind: str
    id: UUID | None = None

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


PLATFORM = Owner("platform")


@dataclass(frozen=True, slots=True)
class Account:
    """An account in one currency. It is opened when the first journal is posted to it."""

    owner: Owner
    kind: AccountKind
    currency: str

    @property
    def id(self) -> UUID:
        """The same for the same owner, kind and currency, so that nobody looks it up (RFC 9562, version 5)."""
        return uuid5(_ACCOUNTS, f"{self.owner}/{self.kind.name}/{self.currency}")


@dataclass(frozen=True, slots=True)
class Line:
    """A debit (positive) or a credit (negative) of an account, in minor units."""

    account: Account
    amount_minor: int


def debit(account: Account, amount_minor: int) -> Line:
    return Line(account, amount_minor)


def credit(account: Account, amount_minor: int) -> Line:
    return Line(account, -amount_minor)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a journal is posted for, once: the step of a thing, such as the capture of an order."""

    type: str
    id: UUID
    step: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Amounts that move together. `memo` names the cause in words, for statements.

    `effective_at` is when the money moved; the time of posting is the store's. `resolves` is the pending journal that
    this one posts or voids, whatever amounts it reserved. `reverses` is the posted journal whose lines this one takes
    back.
    """

    id: UUID
    cause: Cause
    memo: str
    effective_at: datetime
    lines: tuple[Line, ...]
    phase: Phase = "posted"
    resolves: Cause | None = None
    reverses: Cause | None = None

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(
        cls,
        id: UUID,  # noqa: A002
        cause: Cause,
        memo: str,
        effective_at: datetime,
        lines: Iterable[Line],
        *,
        phase: Phase = "posted",
        resolves: Cause | None = None,
        reverses: Cause | None = None,
    ) -> Journal:
        """A journal with one line for each account and side; lines of zero are left out.

        Raises `UnbalancedJournalError`.
        """
        return cls(id, cause, memo, effective_at, _merged(lines), phase, resolves, reverses)


@dataclass(frozen=True, slots=True)
class Check:
    """How far the books were checked, and what was found.

    Every entry up to `position` agrees with the others. Up to `cleared_position` all are old enough to be cleared;
    `uncleared` has the causes that are not. `entries` counts the positions since the check before; those of
    postings that were rolled back have no entry.
    """

    position: int = 0
    cleared_position: int = 0
    entries: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    uncleared: list[dict[str, Any]] = field(default_factory=list)


def reversal(journal: Journal, id: UUID, cause: Cause, memo: str, at: datetime) -> Journal:  # noqa: A002
    """The journal that takes a posted one back, line by line. Raises `UnbalancedJournalError` if it is not posted."""
    if journal.phase != "posted":
        raise UnbalancedJournalError(f"{journal.cause} is {journal.phase}: only what is posted is reversed")
    lines = tuple(Line(line.account, -line.amount_minor) for line in journal.lines)
    return Journal(id, cause, memo, at, lines, reverses=journal.cause)


def balance(kind: AccountKind, posted_minor: int) -> int:
    """The balance on the account's normal side, of the sum of its debits and credits."""
    return posted_minor if kind.normal_side == "debit" else -posted_minor


def _merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """One line per account and side, in the order of their first lines: a statement shows few lines, and no zeros."""
    sums: dict[tuple[Account, bool], int] = {}
    for line in lines:
        if line.amount_minor:
            key = (line.account, line.amount_minor > 0)
            sums[key] = sums.get(key, 0) + line.amount_minor
    return tuple(Line(account, amount_minor) for (account, _), amount_minor in sums.items())


def _check(journal: Journal) -> None:
    totals: defaultdict[str, int] = defaultdict(int)
    for line in journal.lines:
        if line.amount_minor == 0:
            raise UnbalancedJournalError(f"{journal.cause}: a line of zero moves nothing")
        totals[line.account.currency] += line.amount_minor
    if wrong := {currency: total for currency, total in totals.items() if total}:
        raise UnbalancedJournalError(f"{journal.cause}: the lines sum to {wrong}, not to zero")
    if journal.phase == "pending" and (journal.resolves or journal.reverses):
        raise UnbalancedJournalError(f"{journal.cause}: a pending journal reserves its lines and does nothing else")
    if journal.phase == "void" and (journal.resolves is None or journal.lines):
        raise UnbalancedJournalError(f"{journal.cause}: a void journal resolves a pending one and moves nothing")
