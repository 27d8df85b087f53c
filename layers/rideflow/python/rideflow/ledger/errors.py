"""Errors of the ledger."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from uuid import UUID

from rideflow.kernel.errors import ConflictError, NotFoundError


class JournalConflictError(ConflictError):
    """Another journal was posted for the same step, or the journal to resolve or reverse is not there any more."""

    code = "journal_conflict"

    class Members(TypedDict):
        cause_id: NotRequired[UUID]
        step: NotRequired[str]


class InsufficientBalanceError(ConflictError):
    """The journal would take more from an account than it has, with what is reserved counted."""

    code = "insufficient_balance"


class AccountNotFoundError(NotFoundError):
    """There is no such account, or it is somebody else's."""

    code = "account_not_found"
