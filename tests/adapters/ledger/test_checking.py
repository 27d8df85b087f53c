"""The nightly check finds every difference, whoever made it; snapshots are exact beside postings that go on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import LiteralString

import psycopg
import pytest

from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import DatabaseUnavailableError
from rideflow.ledger.check_store import PostgresChecks
from rideflow.ledger.checking import CLEARED_WITHIN, Checking
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Check, credit, debit
from rideflow.ledger.store import Balance, PostgresLedger
from tests.adapters.ledger.books import CLEARING, WALLET, Books, a_cause, clearing, revenue, somebodys
from tests.databases import database_at
from tests.waiting import held

_OPENED_AGAIN: LiteralString = (
    "insert into ledger_open_journals select resolves, now() from ledger_journals where resolves is not null"
)
CAPTURES = AccountKind("capture_clearing", "debit", shared=True, clearing=True)


def captures() -> Account:
    return Account(PLATFORM, CAPTURES, "USD")


@pytest.fixture
def checks(books: Books) -> PostgresChecks:
    return PostgresChecks(books.database)


@pytest.fixture
def checking(books: Books, checks: PostgresChecks) -> Checking:
    return Checking(checks, lambda: books.now)


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[object]]:
    """Somebody who can do what functions cannot: the schema's owner, with the triggers off."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        yield connection


def a_days_work(books: Books) -> Account:
    """Journals of every kind; returns an account that keeps its balance."""
    wallet = somebodys(WALLET)
    books.pay(wallet, 1000)
    hold = books.post(debit(wallet, 300), credit(clearing(), 300), phase="pending")
    books.post(debit(wallet, 250), credit(clearing(), 250), resolves=hold)
    books.post(debit(wallet, 100), credit(clearing(), 100), phase="pending")
    return wallet


class TestSnapshots:
    def test_the_balance_is_the_same_before_and_after_and_beside_them(self, books: Books, checking: Checking) -> None:
        books.post(debit(clearing(), 700), credit(revenue(), 700))
        before = books.ledger.balance(clearing())

        assert checking.snapshot() == {"snapshots": 2}
        assert books.ledger.balance(clearing()) == before == Balance(700, 700)

        books.post(debit(clearing(), 50), credit(revenue(), 50))
        assert books.ledger.balance(clearing()) == Balance(750, 750)
        assert books.ledger.balance(revenue()) == Balance(750, 750)

    def test_each_goes_on_from_the_one_before(self, books: Books, checking: Checking) -> None:
        for amount_minor in (700, 50, 3):
            books.post(debit(clearing(), amount_minor), credit(revenue(), amount_minor))
            assert checking.snapshot() == {"snapshots": 2}

        assert books.ledger.balance(clearing()) == books.ledger.balance(revenue()) == Balance(753, 753)
        assert checking.check()["differences"] == 0

    def test_are_taken_of_what_was_posted_to_alone(self, books: Books, checking: Checking) -> None:
        books.post(debit(clearing(), 700), credit(revenue(), 700))
        checking.snapshot()
        books.post(debit(clearing(), 700), credit(captures(), 700))

        assert checking.snapshot() == {"snapshots": 2}
        assert checking.snapshot() == {"snapshots": 0}

    def test_are_not_of_accounts_that_keep_their_balance(self, books: Books, checking: Checking) -> None:
        driver = somebodys()
        books.pay(driver, 700)

        checking.snapshot()

        assert books.rows("select 1 from ledger_snapshots where account_id = %(id)s", id=driver.id) == []

    def test_are_never_ahead_of_the_entries(self, books: Books) -> None:
        """What is posted after such a one would not count, and no check would look at it."""
        books.post(debit(clearing(), 700), credit(revenue(), 700))

        assert PostgresChecks(books.database).take_snapshots(2**62, books.now) == 2
        books.post(debit(clearing(), 50), credit(revenue(), 50))

        assert books.ledger.balance(clearing()) == Balance(750, 750)

    def test_do_not_count_what_is_only_reserved(self, books: Books, checking: Checking) -> None:
        books.post(debit(clearing(), 700), credit(revenue(), 700), phase="pending")

        assert checking.snapshot() == {"snapshots": 0}
        assert books.ledger.balance(revenue()).posted_minor == 0

    def test_wait_for_a_posting_that_is_under_way(self, books: Books, checking: Checking, database_url: str) -> None:
        """Its position may be lower than that of one that was committed before."""
        books.post(debit(clearing(), 1), credit(revenue(), 1))
        with closing(database_at(database_url)) as slow, held(database_url, slow) as posting:
            PostgresLedger(slow).post([books.journal(debit(clearing(), 700), credit(revenue(), 700))], books.now)
            books.post(debit(clearing(), 49), credit(revenue(), 49))
            taken = posting.lets_wait(checking.snapshot)

        assert taken.result() == {"snapshots": 2}
        assert [
            row["posted_minor"] for row in books.rows("select abs(posted_minor) as posted_minor from ledger_snapshots")
        ] == [750, 750]
        assert books.ledger.balance(clearing()) == Balance(750, 750)

    def test_are_put_off_if_a_posting_hangs(self, books: Books, checks: PostgresChecks, database_url: str) -> None:
        """Postings queue behind the one that waits for the lock alone."""
        driver = somebodys()
        books.pay(driver, 1)
        with closing(database_at(database_url)) as hanging, hanging.transaction():
            PostgresLedger(hanging).post([books.journal(debit(clearing(), 700), credit(revenue(), 700))], books.now)

            with pytest.raises(DatabaseUnavailableError) as put_off:
                checks.settled_position()
            books.pay(driver, 5)

        assert isinstance(put_off.value.__cause__, psycopg.errors.LockNotAvailable)
        assert books.entries(driver) == [(1, -1, -1), (2, -5, -6)]


class TestTheCheck:
    def test_finds_nothing_in_books_that_agree(self, books: Books, checking: Checking) -> None:
        a_days_work(books)
        checking.snapshot()

        found = checking.check()

        assert found == {"entries": 8, "differences": 0, "uncleared": 0, "pending": 0}

    def test_goes_on_where_the_last_one_ended(self, books: Books, checking: Checking) -> None:
        wallet = a_days_work(books)
        checking.check()
        books.pay(wallet, 5)

        assert checking.check() == {"entries": 2, "differences": 0, "uncleared": 0, "pending": 0}
        assert checking.check()["entries"] == 0

    @pytest.mark.parametrize(
        ("fault", "rule"),
        [
            ("update ledger_entries set amount_minor = 999 where sequence = 1", "journal_sums_to_zero"),
            ("delete from ledger_entries where sequence = 2", "journal_is_whole"),
            ("update ledger_entries set balance_minor = balance_minor + 1 where sequence = 1", "entry_continues"),
            ("update ledger_entries set sequence = 7 where sequence = 2", "entry_continues"),
            ("update ledger_entries set sequence = null, balance_minor = null where sequence = 2", "entry_is_numbered"),
            ("update ledger_balances set posted_minor = posted_minor - 1", "balance_is_the_last"),
            ("update ledger_balances set last_sequence = 9", "balance_is_the_last"),
            ("update ledger_balances set pending_debit_minor = 0", "reserved_is_open"),
            ("update ledger_balances set pending_credit_minor = 100, pending_debit_minor = 0", "reserved_is_open"),
            ("delete from ledger_open_journals", "pending_is_open"),
            (_OPENED_AGAIN, "resolved_is_not_open"),
            ("update ledger_snapshots set posted_minor = posted_minor + 1", "snapshot_continues"),
        ],
    )
    def test_finds(
        self,
        books: Books,
        checking: Checking,
        owner: psycopg.Connection[object],
        fault: LiteralString,
        rule: str,
    ) -> None:
        a_days_work(books)
        checking.snapshot()
        owner.execute(fault)

        checking.check()

        (stored,) = books.rows("select differences from ledger_checks")
        assert rule in {difference["rule"] for difference in stored["differences"]}

    def test_finds_that_entries_are_gone_behind_which_nothing_was_left(
        self, books: Books, checking: Checking, owner: psycopg.Connection[object]
    ) -> None:
        """The entry after them continues a balance of zero, as an account's first one does."""
        wallet = somebodys(WALLET)
        books.pay(wallet, 1000)
        books.post(debit(wallet, 1000), credit(clearing(), 1000))
        checking.check()
        owner.execute("delete from ledger_entries")
        books.pay(wallet, 5)

        checking.check()

        (stored,) = books.rows("select differences from ledger_checks order by id desc limit 1")
        assert [difference["rule"] for difference in stored["differences"]] == ["entry_continues"]

    @pytest.mark.parametrize(
        "opened",
        [AccountKind("wallet", "credit"), AccountKind("wallet", "credit", floored=True, clearing=True)],
        ids=["floor", "clearing"],
    )
    def test_finds_an_account_that_was_opened_otherwise_than_the_code_says(
        self, books: Books, checks: PostgresChecks, opened: AccountKind
    ) -> None:
        """Nothing of a later posting tells: the account is there, and it is taken as it is."""
        checking = Checking(checks, lambda: books.now, (WALLET, CLEARING))
        books.pay(somebodys(WALLET), 700)
        assert checking.check()["differences"] == 0
        otherwise = somebodys(opened)
        books.post(credit(otherwise, 1), debit(clearing(), 1))
        books.pay(Account(otherwise.owner, WALLET, "USD"), 5)

        assert [checking.check()["differences"] for _ in range(2)] == [1, 1]
        (difference,) = books.rows("select differences from ledger_checks order by id desc limit 1")[0]["differences"]
        assert (difference["rule"], difference["id"]) == ("account_is_of_its_kind", str(otherwise.id))

    @pytest.mark.parametrize(
        "up_to",
        [lambda position: Check(position=position), lambda position: Check(cleared_position=position)],
        ids=["checked", "cleared"],
    )
    def test_none_is_recorded_ahead_of_the_entries_and_what_is_posted_later_is_checked(
        self,
        books: Books,
        checks: PostgresChecks,
        checking: Checking,
        owner: psycopg.Connection[object],
        up_to: Callable[[int], Check],
    ) -> None:
        """A check ahead of the entries would hide all that is posted later."""
        a_days_work(books)
        last = checks.settled_position()
        for position in (last + 1, 2**62):
            with pytest.raises(psycopg.errors.CheckViolation, match="ahead of the entries"):
                checks.record(up_to(position), books.now)

        checks.record(Check(position=last), books.now)
        books.pay(somebodys(), 5)
        owner.execute("update ledger_balances set posted_minor = posted_minor - 1")
        assert checking.check()["differences"] == 1

    def test_finds_a_difference_again_until_it_is_mended(
        self, books: Books, checking: Checking, owner: psycopg.Connection[object]
    ) -> None:
        a_days_work(books)
        owner.execute("update ledger_balances set posted_minor = posted_minor - 1")
        first = checking.check()
        again = checking.check()
        owner.execute("update ledger_balances set posted_minor = posted_minor + 1")

        assert first["differences"] == again["differences"] == 1
        assert checking.check()["differences"] == 0


class TestClearing:
    def test_an_amount_that_another_step_took_out_is_cleared(self, books: Books, checking: Checking) -> None:
        order = uuid7()
        books.post(debit(captures(), 700), credit(revenue(), 700), cause=Cause("order", order, "capture"))
        books.post(debit(clearing(), 700), credit(captures(), 700), cause=Cause("order", order, "settle"))
        books.now += CLEARED_WITHIN

        assert checking.check()["uncleared"] == 0

    def test_an_amount_is_listed_after_three_days_until_it_is_cleared(self, books: Books, checking: Checking) -> None:
        order = uuid7()
        posted_at = books.now
        books.post(debit(captures(), 700), credit(revenue(), 700), cause=Cause("order", order, "capture"))
        books.now += CLEARED_WITHIN
        assert checking.check()["uncleared"] == 0
        books.later(seconds=1)

        assert [checking.check()["uncleared"] for _ in range(2)] == [1, 1]
        stored = books.rows("select uncleared from ledger_checks order by id desc limit 1")[0]["uncleared"]
        assert [(item["cause_id"], item["amount_minor"]) for item in stored] == [(str(order), "700")]
        assert stored[0]["since"].startswith(posted_at.date().isoformat())

        books.post(debit(clearing(), 700), credit(captures(), 700), cause=Cause("order", order, "settle"))
        assert checking.check()["uncleared"] == 0

    def test_a_cause_that_took_out_another_amount_is_listed(self, books: Books, checking: Checking) -> None:
        order = uuid7()
        books.post(debit(captures(), 700), credit(revenue(), 700), cause=Cause("order", order, "capture"))
        books.post(debit(clearing(), 690), credit(captures(), 690), cause=Cause("order", order, "settle"))
        books.now += CLEARED_WITHIN
        books.later(seconds=1)

        assert checking.check()["uncleared"] == 1

    def test_other_accounts_may_keep_what_they_have(self, books: Books, checking: Checking) -> None:
        books.post(debit(clearing(), 700), credit(revenue(), 700))
        books.now += 2 * CLEARED_WITHIN

        assert checking.check()["uncleared"] == 0

    def test_a_journal_that_stays_pending_is_listed(self, books: Books, checking: Checking) -> None:
        hold = books.post(debit(clearing(), 700), credit(revenue(), 700), cause=a_cause("hold"), phase="pending")
        books.now += CLEARED_WITHIN
        assert checking.check()["pending"] == 0
        books.later(seconds=1)

        assert checking.check()["pending"] == 1
        books.post(phase="void", resolves=hold)
        assert checking.check()["pending"] == 0

    def test_more_than_a_check_stores_are_all_found_by_later_ones(
        self, books: Books, checking: Checking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rideflow.ledger.checking.STORED", 2)
        orders = [uuid7() for _ in range(3)]
        for order in orders:
            books.post(debit(captures(), 700), credit(revenue(), 700), cause=Cause("order", order, "capture"))
        books.now += 2 * CLEARED_WITHIN
        assert checking.check()["uncleared"] == 2, "an alarm is on the figure"
        for order in orders[:2]:
            books.post(debit(clearing(), 700), credit(captures(), 700), cause=Cause("order", order, "settle"))

        assert checking.check()["uncleared"] == 1
