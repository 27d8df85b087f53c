"""Journals are posted once, together with the balances that they change, or not at all."""

import pytest
from psycopg import errors

from rideflow.kernel.ids import uuid7
from rideflow.ledger.errors import InsufficientBalanceError, JournalConflictError
from rideflow.ledger.model import Cause, Journal, credit, debit, reversal
from rideflow.ledger.store import Balance
from tests.adapters.ledger.books import CASH_BOX, WALLET, Books, a_cause, clearing, revenue, somebodys


def test_a_journal_moves_every_balance_that_it_names(books: Books) -> None:
    driver = somebodys()

    books.post(debit(clearing(), 2000), credit(driver, 1600), credit(revenue(), 400))

    assert books.ledger.balance(driver) == Balance(1600, 1600)
    assert books.ledger.balance(clearing()) == Balance(2000, 2000)
    assert books.ledger.balance(revenue()) == Balance(400, 400)


def test_an_account_that_nobody_posted_to_has_nothing(books: Books) -> None:
    assert books.ledger.balance(somebodys()) == Balance(0, 0)


def test_a_repeat_posts_nothing(books: Books) -> None:
    driver, cause = somebodys(), a_cause()

    books.pay(driver, 700, cause=cause)
    books.pay(driver, 700, cause=cause)

    assert books.ledger.balance(driver).posted_minor == 700
    assert books.entries(driver) == [(1, -700, -700)]


@pytest.mark.parametrize("amount_minor", [699, 701])
def test_another_amount_for_the_same_step_is_refused(books: Books, amount_minor: int) -> None:
    driver, cause = somebodys(), a_cause()
    books.pay(driver, 700, cause=cause)

    with pytest.raises(JournalConflictError) as refused:
        books.pay(driver, amount_minor, cause=cause)

    assert refused.value.extra["cause_id"] == cause.id
    assert books.ledger.balance(driver).posted_minor == 700


def test_half_of_the_lines_for_the_same_step_are_refused(books: Books) -> None:
    driver, cause = somebodys(), a_cause()
    half = (debit(clearing(), 5), credit(driver, 5))
    books.ledger.post([Journal(uuid7(), cause, "A ride", books.now, half + half)], books.now)

    with pytest.raises(JournalConflictError):
        books.ledger.post([Journal(uuid7(), cause, "A ride", books.now, half)], books.now)


def test_another_account_for_the_same_step_is_refused(books: Books) -> None:
    cause, other = a_cause(), somebodys()
    books.pay(somebodys(), 700, cause=cause)

    with pytest.raises(JournalConflictError):
        books.pay(other, 700, cause=cause)

    assert books.ledger.balance(other).posted_minor == 0


def test_each_step_of_a_cause_has_a_journal_of_its_own(books: Books) -> None:
    driver, order = somebodys(), uuid7()

    books.pay(driver, 700, cause=Cause("order", order, "capture"))
    books.pay(driver, 50, cause=Cause("order", order, "correction"))
    books.pay(driver, 3, cause=Cause("tip", order, "capture"))

    assert books.ledger.balance(driver).posted_minor == 753


def test_journals_that_are_posted_together_number_their_entries_in_order(books: Books) -> None:
    driver = somebodys()
    first = books.journal(debit(clearing(), 500), credit(driver, 500))
    second = books.journal(debit(driver, 200), credit(clearing(), 200))

    books.ledger.post([first, second], books.now)
    books.pay(driver, 30)

    assert books.entries(driver) == [(1, -500, -500), (2, 200, -300), (3, -30, -330)]


def test_a_new_journal_is_posted_beside_one_that_was_posted_before(books: Books) -> None:
    driver = somebodys()
    known = books.journal(debit(clearing(), 500), credit(driver, 500))
    books.ledger.post([known], books.now)

    books.ledger.post([known, books.journal(debit(clearing(), 20), credit(driver, 20))], books.now)

    assert books.entries(driver) == [(1, -500, -500), (2, -20, -520)]


def test_of_journals_that_are_posted_together_none_is_if_one_is_refused(books: Books) -> None:
    driver, wallet = somebodys(), somebodys(WALLET)
    fine = books.journal(debit(clearing(), 500), credit(driver, 500))
    too_much = books.journal(debit(wallet, 1), credit(clearing(), 1))

    with pytest.raises(InsufficientBalanceError):
        books.ledger.post([fine, too_much], books.now)

    assert books.ledger.balance(driver).posted_minor == 0
    assert books.rows("select 1 from ledger_journals") == []


def test_a_journal_may_move_two_currencies(books: Books) -> None:
    dollars, euros = somebodys(), somebodys(currency="EUR")

    books.post(debit(clearing(), 100), credit(dollars, 100), debit(clearing("EUR"), 90), credit(euros, 90))

    assert books.ledger.balance(dollars).posted_minor == 100
    assert books.ledger.balance(euros).posted_minor == 90


def test_a_journal_of_nothing_is_posted(books: Books) -> None:
    """A ride may cost nothing; its journal says that it was settled."""
    cause = books.post()

    books.post(cause=cause)

    assert books.rows("select cause_id, lines from ledger_journals") == [{"cause_id": cause.id, "lines": 0}]


class TestPending:
    def test_reserves_without_moving(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)

        books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")

        assert books.ledger.balance(wallet) == Balance(1000, 700)
        assert books.ledger.balance(clearing()) == Balance(1000, 700)
        assert len(books.entries(wallet)) == 1

    def test_is_posted_with_the_amount_that_is_due(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        hold = books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")

        books.post(debit(wallet, 250), credit(clearing(), 250), resolves=hold)

        assert books.ledger.balance(wallet) == Balance(750, 750)
        assert books.ledger.balance(clearing()) == Balance(750, 750)
        assert books.rows("select 1 from ledger_open_journals") == []

    def test_is_voided(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        hold = books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")

        books.post(phase="void", resolves=hold)

        assert books.ledger.balance(wallet) == Balance(1000, 1000)
        assert books.rows("select 1 from ledger_open_journals") == []

    def test_is_listed_until_it_is_resolved(self, books: Books) -> None:
        hold = books.post(debit(clearing(), 300), credit(revenue(), 300), phase="pending")

        open_journals = books.rows(
            "select cause_id, since from ledger_open_journals join ledger_journals on id = journal_id"
        )

        assert open_journals == [{"cause_id": hold.id, "since": books.now}]

    @pytest.mark.parametrize("phase", ["void", "posted"])
    def test_is_resolved_once(self, books: Books, phase: str) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        hold = books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")
        books.post(debit(wallet, 250), credit(clearing(), 250), resolves=hold)
        lines = [] if phase == "void" else [debit(wallet, 250), credit(clearing(), 250)]

        with pytest.raises(JournalConflictError):
            books.post(*lines, phase=phase, resolves=hold)

        assert books.ledger.balance(wallet) == Balance(750, 750)

    def test_resolving_it_again_for_the_same_step_changes_nothing(self, books: Books) -> None:
        wallet, capture = somebodys(WALLET), a_cause()
        books.pay(wallet, 1000)
        hold = books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")

        for _ in range(2):
            books.post(debit(wallet, 250), credit(clearing(), 250), cause=capture, resolves=hold)

        assert books.ledger.balance(wallet) == Balance(750, 750)

    def test_that_is_not_there_cannot_be_resolved(self, books: Books) -> None:
        driver = somebodys()
        books.pay(driver, 5)

        with pytest.raises(JournalConflictError):
            books.post(debit(clearing(), 300), credit(driver, 300), resolves=a_cause("hold"))

        assert books.ledger.balance(driver).posted_minor == 5

    def test_only_a_pending_journal_is_resolved(self, books: Books) -> None:
        paid = books.pay(somebodys(), 5)

        with pytest.raises(JournalConflictError):
            books.post(phase="void", resolves=paid)

    def test_a_step_resolves_one_journal(self, books: Books) -> None:
        """A repeat that names another hold would leave that one open, and its amount reserved."""
        wallet, capture = somebodys(WALLET), a_cause()
        books.pay(wallet, 1000)
        first, second = (books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending") for _ in range(2))
        books.post(debit(wallet, 250), credit(clearing(), 250), cause=capture, resolves=first)

        for other in (second, None):
            with pytest.raises(JournalConflictError):
                books.post(debit(wallet, 250), credit(clearing(), 250), cause=capture, resolves=other)

        assert books.ledger.balance(wallet) == Balance(750, 450)

    def test_is_no_part_of_the_balance_after_an_entry_that_is_posted_with_it(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        hold = books.journal(debit(wallet, 300), credit(clearing(), 300), phase="pending")
        spent = books.journal(debit(wallet, 50), credit(clearing(), 50))

        books.ledger.post([hold, spent], books.now)
        books.pay(wallet, 5)

        assert books.entries(wallet) == [(1, -1000, -1000), (2, 50, -950), (3, -5, -955)]
        assert books.ledger.balance(wallet) == Balance(955, 655)

    @pytest.mark.parametrize(("first", "then"), [("pending", "posted"), ("posted", "pending")])
    def test_a_step_is_of_one_phase(self, books: Books, first: str, then: str) -> None:
        """A payment that is taken for the hold of the same lines would never be booked."""
        wallet, cause = somebodys(WALLET), a_cause()
        books.pay(wallet, 1000)
        books.post(debit(wallet, 300), credit(clearing(), 300), cause=cause, phase=first)
        before = books.ledger.balance(wallet)

        with pytest.raises(JournalConflictError):
            books.post(debit(wallet, 300), credit(clearing(), 300), cause=cause, phase=then)

        assert books.ledger.balance(wallet) == before


class TestAFloor:
    def test_keeps_a_wallet_from_going_below_zero(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)

        with pytest.raises(InsufficientBalanceError):
            books.post(debit(wallet, 1001), credit(revenue(), 1001))
        books.post(debit(wallet, 1000), credit(revenue(), 1000))

        assert books.ledger.balance(wallet) == Balance(0, 0)

    def test_counts_what_is_reserved(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        books.post(debit(wallet, 600), credit(revenue(), 600), phase="pending")

        with pytest.raises(InsufficientBalanceError):
            books.post(debit(wallet, 401), credit(revenue(), 401), phase="pending")
        with pytest.raises(InsufficientBalanceError):
            books.post(debit(wallet, 401), credit(revenue(), 401))

        assert books.ledger.balance(wallet) == Balance(1000, 400)

    def test_does_not_count_what_may_yet_come_in(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.post(debit(clearing(), 600), credit(wallet, 600), phase="pending")

        with pytest.raises(InsufficientBalanceError):
            books.post(debit(wallet, 1), credit(revenue(), 1))

        assert books.ledger.balance(wallet) == Balance(0, 0)

    def test_is_of_the_other_side_for_what_is_owned(self, books: Books) -> None:
        box = somebodys(CASH_BOX)
        books.post(debit(box, 50), credit(revenue(), 50))

        with pytest.raises(InsufficientBalanceError):
            books.post(credit(box, 51), debit(clearing(), 51))

        assert books.ledger.balance(box) == Balance(50, 50)

    def test_lets_a_reservation_become_the_payment_that_it_was_for(self, books: Books) -> None:
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        hold = books.post(debit(wallet, 1000), credit(revenue(), 1000), phase="pending")

        books.post(debit(wallet, 1000), credit(revenue(), 1000), resolves=hold)

        assert books.ledger.balance(wallet) == Balance(0, 0)

    def test_is_not_there_for_other_accounts(self, books: Books) -> None:
        """A driver who took cash owes a share of it."""
        driver = somebodys()

        books.post(debit(driver, 300), credit(revenue(), 300))

        assert books.ledger.balance(driver) == Balance(-300, -300)


class TestAReversal:
    def test_takes_a_journal_back(self, books: Books) -> None:
        driver = somebodys()
        paid = books.journal(debit(clearing(), 700), credit(driver, 700))
        books.ledger.post([paid], books.now)

        books.ledger.post([reversal(paid, uuid7(), a_cause("reversal"), "A mistake", books.now)], books.now)

        assert books.ledger.balance(driver) == Balance(0, 0)
        assert books.entries(driver) == [(1, -700, -700), (2, 700, 0)]

    def test_happens_once(self, books: Books) -> None:
        driver = somebodys()
        paid = books.journal(debit(clearing(), 700), credit(driver, 700))
        books.ledger.post([paid], books.now)
        books.ledger.post([reversal(paid, uuid7(), a_cause("reversal"), "A mistake", books.now)], books.now)

        with pytest.raises(JournalConflictError):
            books.ledger.post([reversal(paid, uuid7(), a_cause("reversal"), "Again", books.now)], books.now)

        assert books.ledger.balance(driver) == Balance(0, 0)

    def test_is_of_what_was_posted(self, books: Books) -> None:
        hold = books.post(debit(clearing(), 300), credit(revenue(), 300), phase="pending")

        with pytest.raises(JournalConflictError):
            books.post(credit(clearing(), 300), debit(revenue(), 300), reverses=hold)

    @pytest.mark.parametrize("amount_minor", [699, 701, -700])
    def test_has_the_lines_of_what_it_takes_back(self, books: Books, amount_minor: int) -> None:
        driver = somebodys()
        paid = books.pay(driver, 700)

        with pytest.raises(errors.CheckViolation, match="has other lines"):
            books.post(debit(driver, amount_minor), credit(clearing(), amount_minor), reverses=paid)

        assert books.ledger.balance(driver) == Balance(700, 700)

    def test_is_of_one_journal(self, books: Books) -> None:
        """A repeat that names another journal would leave that one as it was posted."""
        driver, mistake = somebodys(), a_cause("reversal")
        first, second = (books.pay(driver, 700) for _ in range(2))
        books.post(debit(driver, 700), credit(clearing(), 700), cause=mistake, reverses=first)

        for other in (second, None):
            with pytest.raises(JournalConflictError):
                books.post(debit(driver, 700), credit(clearing(), 700), cause=mistake, reverses=other)

        assert books.ledger.balance(driver) == Balance(700, 700)
