"""What the restore drill tells a person."""

from local.drill import Result
from simulation.books import Books


def test_books_and_rides_are_told_in_sentences() -> None:
    result = Result(books=Books(3, 0, 4250, 4250), rides={"requested": 10, "paid": 9, "cancelled": 1})

    assert result.told() == (
        "The books of 3 orders balance: 42.50 was captured, here and at Stripe. "
        "Rides after the restore: 10, of which 9 paid."
    )
