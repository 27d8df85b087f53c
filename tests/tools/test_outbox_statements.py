"""PostgreSQL does not run a `with` query that only selects and is not read: an event added there would be lost."""

import sqlglot
from sqlglot import exp

from tools.arrows.sql import LAYER


def test_a_statement_selects_the_call_that_adds_its_events() -> None:
    adding = [
        (file.name, call)
        for file in LAYER.rglob("sql/*.sql")
        for statement in sqlglot.parse(file.read_text(), dialect="postgres")
        if statement is not None
        for call in statement.find_all(exp.Anonymous)
        if call.name == "outbox_add"
    ]

    assert len(adding) > 10
    assert [name for name, call in adding if call.find_ancestor(exp.CTE)] == []
