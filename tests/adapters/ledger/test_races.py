"""Postings at the same time: none is lost, none is made twice, and none waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

import pytest

from rideflow.kernel.ids import uuid7
from rideflow.ledger.check_store import PostgresChecks
from rideflow.ledger.checking import Checking
from rideflow.ledger.errors import InsufficientBalanceError, JournalConflictError
from rideflow.ledger.model import Account, Cause, Journal, credit, debit
from rideflow.ledger.store import Balance, PostgresLedger
from tests.adapters.ledger.books import WALLET, Books, a_cause, clearing, revenue, somebodys
from tests.databases import database_at
from tests.waiting import held


def test_a_repeat_waits_for_the_first_and_posts_nothing(books: Books, database_url: str) -> None:
    driver, cause = somebodys(), a_cause()
    books.pay(driver, 1)
    with closing(database_at(database_url)) as slow, held(database_url, slow) as first:
        PostgresLedger(slow).post([_paid(books, driver, 700, cause)], books.now)
        again = first.lets_wait(lambda: books.pay(driver, 700, cause=cause))

    assert again.result() == cause
    assert books.ledger.balance(driver) == Balance(701, 701)


def test_of_two_amounts_for_a_step_the_second_is_refused(books: Books, database_url: str) -> None:
    driver, cause = somebodys(), a_cause()
    books.pay(driver, 1)
    with closing(database_at(database_url)) as slow, held(database_url, slow) as first:
        PostgresLedger(slow).post([_paid(books, driver, 700, cause)], books.now)
        other = first.lets_wait(lambda: books.pay(driver, 800, cause=cause))

    assert isinstance(other.exception(), JournalConflictError)
    assert books.ledger.balance(driver) == Balance(701, 701)


def test_a_wallet_is_not_spent_twice(books: Books, database_url: str) -> None:
    wallet = somebodys(WALLET)
    books.pay(wallet, 1000)
    with closing(database_at(database_url)) as slow, held(database_url, slow) as first:
        PostgresLedger(slow).post([books.journal(debit(wallet, 600), credit(revenue(), 600))], books.now)
        second = first.lets_wait(lambda: books.post(debit(wallet, 600), credit(revenue(), 600)))

    assert isinstance(second.exception(), InsufficientBalanceError)
    assert books.ledger.balance(wallet) == Balance(400, 400)


def test_a_hold_is_not_captured_and_released(books: Books, database_url: str) -> None:
    hold = books.post(debit(clearing(), 300), credit(revenue(), 300), phase="pending")
    with closing(database_at(database_url)) as slow, held(database_url, slow) as first:
        capture = books.journal(debit(clearing(), 250), credit(revenue(), 250), resolves=hold)
        PostgresLedger(slow).post([capture], books.now)
        release = first.lets_wait(lambda: books.post(phase="void", resolves=hold))

    assert isinstance(release.exception(), JournalConflictError)
    assert books.ledger.balance(clearing()) == Balance(250, 250)


@pytest.mark.parametrize("seed", range(3))
def test_many_at_once_lose_nothing(books: Books, database_url: str, seed: int) -> None:
    """Transfers in both directions among few accounts: their locks would meet in opposite orders."""
    people = [somebodys() for _ in range(4)]
    for person in people:
        books.pay(person, 10_000)
    chance = Random(seed)
    batches = [[_transfer(books, people, chance) for _ in range(2)] for _ in range(80)]

    def work(share: list[list[Journal]]) -> None:
        with closing(database_at(database_url)) as database:
            ledger = PostgresLedger(database)
            for batch in share:
                ledger.post(batch, books.now)
                ledger.post(batch[:1], books.now)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, batches[number::4]) for number in range(4)]:
            done.result()

    moved = [journal for batch in batches for journal in batch]
    expected = {
        person: 10_000 - sum(line.amount_minor for each in moved for line in each.lines if line.account == person)
        for person in people
    }
    assert {person: books.ledger.balance(person).posted_minor for person in people} == expected
    check = Checking(PostgresChecks(books.database), lambda: books.now).check()
    assert check["differences"] == 0
    assert check["entries"] == 2 * (len(people) + len(moved))


def _paid(books: Books, account: Account, amount_minor: int, cause: Cause) -> Journal:
    return books.journal(debit(clearing(), amount_minor), credit(account, amount_minor), cause=cause)


def _transfer(books: Books, people: list[Account], chance: Random) -> Journal:
    giver, taker = chance.sample(people, 2)
    amount_minor = chance.randint(1, 500)
    return Journal.of(
        uuid7(), a_cause(), "A transfer", books.now, [debit(giver, amount_minor), credit(taker, amount_minor)]
    )
