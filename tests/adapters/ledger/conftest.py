from collections.abc import Iterator

import pytest

from tests.adapters.ledger.books import Books, books_at


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    made = books_at(database_url)
    yield made
    made.database.close()
    made.owner.close()
