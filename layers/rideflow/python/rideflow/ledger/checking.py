"""Snapshots of platform accounts, and the check that finds every difference between entries and balances.

| what is checked                                     | rule                                   |
|-----------------------------------------------------|----------------------------------------|
| a journal sums to zero, and has all of its lines    | `journal_sums_to_zero`, `…_is_whole`   |
| an entry continues the balance of the one before it | `entry_continues`, `entry_is_numbered` |
| a kept balance is that of its last entry            | `balance_is_the_last`                  |
| reserved amounts are those of open journals         | `reserved_is_open`                     |
| a pending journal is open until it is resolved      | `pending_is_open`, `resolved_…`        |
| a snapshot is the one before and the entries since  | `snapshot_continues`                   |
| an account was opened as the code says of its kind  | `account_is_of_its_kind`               |

Each run checks the entries since the run before, the reserved amount of each person's account, and how each account was
opened: it costs what was posted since, and grows with the number of accounts, not with what was ever posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import logger, measure
from rideflow.ledger.model import Check

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Row
    from rideflow.ledger.check_store import PostgresChecks
    from rideflow.ledger.model import AccountKind

CLEARED_WITHIN = timedelta(days=3)
"""How long an amount may stay on a clearing account, and a pending journal open: banks take two working days."""

LISTED = 200
"""The number of differences, of uncleared causes and of open journals that the log names after one check."""

STORED = 10_000
"""The number of uncleared causes that one check finds, and stores."""


@dataclass(frozen=True, slots=True)
class Checking:
    """The scheduled work of the ledger. Runs may overlap and be repeated.

    `kinds` are the kinds of accounts of the contexts that post. Accounts of another kind are not compared with one.
    """

    checks: PostgresChecks
    clock: Clock
    kinds: tuple[AccountKind, ...] = ()

    def snapshot(self) -> dict[str, int]:
        """Take snapshots of the accounts that keep no balance; returns their number."""
        return {"snapshots": self.checks.take_snapshots(self.checks.settled_position(), self.clock())}

    def check(self) -> dict[str, int]:
        """Compare what was posted since the last check; returns what was found, which metrics and the log tell too."""
        now = self.clock()
        last, position = self.checks.last(), self.checks.settled_position()
        differences = self.checks.differences(last.position, position, self.kinds, LISTED)
        old_position = self.checks.position_before(last.cleared_position, position, now - CLEARED_WITHIN)
        uncleared = self.checks.uncleared(last, old_position, STORED)
        kept, cleared_position = _for_the_next(last, uncleared, old_position)
        pending = self.checks.open_since(now - CLEARED_WITHIN, LISTED)
        for difference in differences:
            logger.error("the books differ", extra={"difference": difference})
        for item in (*uncleared[:LISTED], *pending):
            logger.warning("an amount is not cleared", extra={"uncleared": item})
        measure("BooksDifferences", len(differences))
        measure("LedgerUncleared", len(uncleared) + len(pending))
        # A difference is found again by every check, until somebody has mended it.
        self.checks.record(
            Check(
                position=last.position if differences else position,
                cleared_position=cleared_position,
                entries=position - last.position,
                differences=differences,
                uncleared=kept,
            ),
            now,
        )
        return {
            "entries": position - last.position,
            "differences": len(differences),
            "uncleared": len(uncleared),
            "pending": len(pending),
        }


def _for_the_next(last: Check, uncleared: list[Row], position: int) -> tuple[list[Row], int]:
    """What the next check begins with: the uncleared causes, and the position up to which there are no others.

    If there may be more than a check finds, the next one begins where this one did.
    """
    if len(uncleared) == STORED:
        return last.uncleared, last.cleared_position
    return uncleared, position
