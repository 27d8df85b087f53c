"""The books are checked, and snapshots taken, when something was posted; with nothing posted nobody is woken."""

from datetime import datetime, timedelta

from functions.ledger import check_books, snapshot_balances
from rideflow.kernel.clock import utc_now
from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import database
from rideflow.ledger.checking import CLEARED_WITHIN
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Journal, Line, Phase, credit, debit
from rideflow.ledger.store import PostgresLedger
from tests.functions.sleeping import Night

LEFT = Account(PLATFORM, AccountKind("left", "debit", shared=True), "USD")
RIGHT = Account(PLATFORM, AccountKind("right", "credit", shared=True), "USD")
CAPTURES = Account(PLATFORM, AccountKind("captures", "debit", shared=True, clearing=True), "USD")
LINES = (debit(LEFT, 700), credit(RIGHT, 700))
UNCLEARED = (debit(CAPTURES, 700), credit(RIGHT, 700))
LONG_AGO = CLEARED_WITHIN + timedelta(hours=1)


def post(
    at: datetime, phase: Phase = "posted", resolves: Cause | None = None, lines: tuple[Line, ...] = LINES
) -> Cause:
    cause = Cause("order", uuid7(), "charge")
    lines = () if phase == "void" else lines
    journal = Journal.of(uuid7(), cause, "A ride", at, lines, phase=phase, resolves=resolves)
    PostgresLedger(database()).post([journal], at)
    return cause


def test_what_was_posted_wakes_the_snapshot_and_the_check(night: Night) -> None:
    assert night.sleeps_after_a_run(snapshot_balances)
    assert night.sleeps_after_a_run(check_books)
    post(utc_now() - timedelta(seconds=1))
    night.wakes()

    assert not night.sleeps_after_a_run(snapshot_balances)
    assert not night.sleeps_after_a_run(check_books)


def test_a_check_sleeps_until_what_it_saw_should_be_cleared(night: Night) -> None:
    posted_at = utc_now() - timedelta(hours=1)
    post(posted_at)
    night.wakes()
    assert not night.sleeps_after_a_run(check_books)
    night.wakes()

    assert night.sleeps_after_a_run(check_books)
    assert night.wakes_at(check_books, posted_at + CLEARED_WITHIN)


def test_what_is_only_reserved_wakes_no_snapshot(night: Night) -> None:
    post(utc_now() - timedelta(seconds=1), phase="pending")
    night.wakes()

    assert night.sleeps_after_a_run(snapshot_balances)


def test_a_check_does_not_sleep_on_what_is_not_cleared(night: Night) -> None:
    post(utc_now() - LONG_AGO, lines=UNCLEARED)
    night.wakes()

    assert not night.sleeps_after_a_run(check_books)
    assert not night.sleeps_after_a_run(check_books)


def test_a_check_does_not_sleep_on_a_hold_that_nobody_resolved(night: Night) -> None:
    hold = post(utc_now() - LONG_AGO, phase="pending")
    night.wakes()
    assert not night.sleeps_after_a_run(check_books)
    assert not night.sleeps_after_a_run(check_books)

    post(utc_now() - LONG_AGO, phase="void", resolves=hold)

    assert night.sleeps_after_a_run(check_books)
