"""What may be posted is decided before the database is asked."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from rideflow.ledger.model import (
    PLATFORM,
    Account,
    AccountKind,
    Cause,
    Journal,
    Line,
    Owner,
    UnbalancedJournalError,
    balance,
    credit,
    debit,
    reversal,
)

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
CASH, INCOME = AccountKind("cash", "debit", shared=True), AccountKind("income", "credit")
CAUSE = Cause("order", UUID(int=1), "capture")


def an_account(kind: AccountKind = INCOME, owner: Owner = PLATFORM, currency: str = "USD") -> Account:
    return Account(owner, kind, currency)


def a_journal(*lines: Line, **options: object) -> Journal:
    return Journal.of(uuid4(), CAUSE, "A ride", NOW, lines, **options)  # type: ignore[arg-type]


def test_an_account_is_the_same_for_the_same_owner_kind_and_currency() -> None:
    person = Owner("driver", UUID(int=7))
    ids = {
        an_account().id,
        an_account(CASH).id,
        an_account(currency="EUR").id,
        an_account(owner=person).id,
        an_account(owner=Owner("rider", UUID(int=7))).id,
        an_account(owner=Owner("driver", UUID(int=8))).id,
    }

    assert len(ids) == 6
    assert an_account(owner=Owner("driver", UUID(int=7))).id == an_account(owner=person).id


def test_ids_of_accounts_never_change() -> None:
    """They are stored: another derivation would open every account anew."""
    assert str(an_account().id) == "7c569368-84c2-5dac-bdc9-4f8b16d32b45"
    assert str(an_account(owner=Owner("driver", UUID(int=7))).id) == "6c2603e3-b483-5ff4-9eb9-ffc00de0dd20"


@pytest.mark.parametrize(
    "lines",
    [
        (debit(an_account(CASH), 100), credit(an_account(), 99)),
        (debit(an_account(CASH), 100),),
        (debit(an_account(CASH), 100), credit(an_account(currency="EUR"), 100)),
    ],
)
def test_lines_sum_to_zero_in_each_currency(lines: tuple[Line, ...]) -> None:
    with pytest.raises(UnbalancedJournalError, match="not to zero"):
        a_journal(*lines)


def test_lines_of_one_account_and_side_are_one_line_and_zeros_are_left_out() -> None:
    journal = a_journal(
        debit(an_account(CASH), 60),
        debit(an_account(CASH), 40),
        credit(an_account(CASH), 30),
        debit(an_account(), 0),
        credit(an_account(), 70),
    )

    assert journal.lines == (
        debit(an_account(CASH), 100),
        credit(an_account(CASH), 30),
        credit(an_account(), 70),
    )


def test_a_pending_journal_reserves_and_does_nothing_else() -> None:
    lines = (debit(an_account(CASH), 100), credit(an_account(), 100))

    assert a_journal(*lines, phase="pending").lines == lines
    assert a_journal(phase="pending").lines == ()
    with pytest.raises(UnbalancedJournalError):
        a_journal(*lines, phase="pending", resolves=CAUSE)
    with pytest.raises(UnbalancedJournalError):
        a_journal(*lines, phase="pending", reverses=CAUSE)


def test_a_void_journal_resolves_and_moves_nothing() -> None:
    assert a_journal(phase="void", resolves=CAUSE).lines == ()
    with pytest.raises(UnbalancedJournalError):
        a_journal(phase="void")
    with pytest.raises(UnbalancedJournalError):
        a_journal(debit(an_account(CASH), 1), credit(an_account(), 1), phase="void", resolves=CAUSE)


def test_a_reversal_takes_every_line_back() -> None:
    journal = a_journal(debit(an_account(CASH), 100), credit(an_account(), 100))

    back = reversal(journal, UUID(int=2), Cause("order", UUID(int=1), "reversal"), "A mistake", NOW)

    assert back.lines == (credit(an_account(CASH), 100), debit(an_account(), 100))
    assert back.reverses == CAUSE


def test_only_what_is_posted_is_reversed() -> None:
    hold = a_journal(debit(an_account(CASH), 100), credit(an_account(), 100), phase="pending")

    with pytest.raises(UnbalancedJournalError):
        reversal(hold, UUID(int=2), Cause("order", UUID(int=1), "reversal"), "A mistake", NOW)


def test_a_balance_is_positive_on_the_normal_side() -> None:
    assert (balance(CASH, 100), balance(INCOME, -100)) == (100, 100)


def test_a_floor_needs_a_row_to_stand_on() -> None:
    with pytest.raises(ValueError, match="floor"):
        AccountKind("wallet", "credit", floored=True, shared=True)
