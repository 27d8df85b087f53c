import psycopg
import pytest
from psycopg.rows import dict_row

from tests.fetching import rows_of


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("select from generate_series(1, 3)", 3),
        ("select 1 as one from generate_series(1, 2)", 2),
        ("select from generate_series(1, 0)", 0),
        ("create temporary table shelf (id int)", 0),
    ],
)
def test_rows_are_found_also_without_columns(database_url: str, statement: str, count: int) -> None:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        assert len(rows_of(connection.execute(statement.encode()))) == count
