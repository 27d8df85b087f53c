"""Faults on demand: the requests that they hit, their number, and their effect. `control.py` documents the requests."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from stripe_double.cards import Decline


class FaultKind(StrEnum):
    TIMEOUT_AFTER_WORK = "timeout_after_work"
    CLOSE_AFTER_WORK = "close_after_work"
    ERROR_BEFORE_WORK = "error_before_work"
    ERROR_AFTER_WORK = "error_after_work"
    RATE_LIMIT = "rate_limit"
    LOCK_TIMEOUT = "lock_timeout"
    SLOW = "slow"
    RESET = "reset"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    LATE_BALANCE_TRANSACTION = "late_balance_transaction"
    PENDING_REFUND = "pending_refund"


OF_THE_MONEY = (
    FaultKind.DECLINE,
    FaultKind.CHALLENGE,
    FaultKind.LATE_BALANCE_TRANSACTION,
    FaultKind.PENDING_REFUND,
)
"""Faults that meet what is done with money, and not the request."""


@dataclass(frozen=True, slots=True)
class Target:
    """The subject of a request, for the filters of faults: the addressed object and the parameters together."""

    method: str
    path: str
    metadata: dict[str, str] = field(default_factory=dict)
    customer: str | None = None
    payment_intent: str | None = None


@dataclass(slots=True)
class Fault:
    """`times` counts down, and None never ends; `skip` is the number of matching requests that pass first."""

    kind: FaultKind
    times: int | None = 1
    skip: int = 0
    method: str = "POST"
    path: str = "*"
    metadata: dict[str, str] = field(default_factory=dict)
    customer: str | None = None
    payment_intent: str | None = None
    seconds: float | None = None
    status: int = 500
    remember: bool = True
    operation: str = "*"
    decline: Decline | None = None
    keep_authorization: bool = False
    id: str = ""
    hits: int = 0

    def matches(self, target: Target) -> bool:
        return (
            self.times != 0
            and self.method in ("*", target.method)
            and fnmatchcase(target.path, self.path)
            and self.customer in (None, target.customer)
            and self.payment_intent in (None, target.payment_intent)
            and self.metadata.items() <= target.metadata.items()
        )

    def strikes(self) -> bool:
        """Count one matching request; returns whether the fault hits it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        if self.times is not None:
            self.times -= 1
        return True

    def view(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The requested faults, oldest first; the first matching one hits a request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = count(1)

    def add(self, fault: Fault) -> Fault:
        fault.id = f"fault_{next(self._numbers)}"
        self._faults.append(fault)
        return fault

    def remove(self, identifier: str) -> bool:
        kept = [fault for fault in self._faults if fault.id != identifier]
        removed = len(kept) < len(self._faults)
        self._faults = kept
        return removed

    def clear(self) -> None:
        self._faults.clear()

    def view(self) -> list[dict[str, Any]]:
        return [fault.view() for fault in self._faults]

    def for_request(self, target: Target) -> Fault | None:
        return self._first(target, [fault for fault in self._faults if fault.kind not in OF_THE_MONEY])

    def decline(self, operation: str, target: Target) -> Fault | None:
        """The decline that hits `operation` (`charge`, `capture` or `setup`) on the intent that `target` describes."""
        wanted = [f for f in self._faults if f.kind is FaultKind.DECLINE and f.operation in ("*", operation)]
        return self._first(target, wanted)

    def of_money(self, kind: FaultKind, target: Target) -> Fault | None:
        """The fault of this kind that hits the intent that `target` describes."""
        return self._first(target, [fault for fault in self._faults if fault.kind is kind])

    @staticmethod
    def _first(target: Target, faults: list[Fault]) -> Fault | None:
        return next((fault for fault in faults if fault.matches(target) and fault.strikes()), None)
