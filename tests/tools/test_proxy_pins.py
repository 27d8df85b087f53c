"""No statement of a function pins its connection to RDS Proxy: a pinned one serves nobody else until it is closed.

Source: Amazon Aurora User Guide, "Avoiding pinning an RDS Proxy", the conditions for PostgreSQL.
"""

import re
from collections.abc import Iterator

import pytest

from tools.arrows.sql import LAYER

PINS = {
    "a parameter of the session": r"\bset_config\s*\(|^(re)?set\s+\w",
    "prepared by name": r"^(prepare|execute|deallocate|discard)\b",
    "a temporary table": r"\bcreate\s+(local\s+|global\s+)?temp(orary)?\b",
    "a cursor": r"^declare\b.*\bcursor\b",
    "notifications": r"^(un)?listen\b",
    "a library": r"^load\b",
    "a sequence": r"\b(nextval|setval|currval)\s*\(",
    "a lock of the session": r"\bpg_(try_)?advisory_(un)?lock(_shared|_all)?\s*\(",
}
_COMMENT = re.compile(r"--[^\n]*")
_RUN_AT_ONCE = re.compile(r"\bdo \$\$.*?\$\$", re.DOTALL)


def _statements() -> Iterator[tuple[str, str]]:
    """The statements of functions, and the bodies of the database's functions; what migrations run is not theirs."""
    for file in sorted(LAYER.rglob("sql/*.sql")):
        yield file.name, _COMMENT.sub("", file.read_text(encoding="utf-8"))
    for file in sorted(LAYER.rglob("migrations/*.sql")):
        text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
        for body in re.findall(r"\$\$(.*?)\$\$", _RUN_AT_ONCE.sub("", text), re.DOTALL):
            yield file.name, body


def _pins(text: str) -> set[str]:
    single = [each.strip() for each in text.split(";")]
    return {
        why for why, pattern in PINS.items() for each in single if re.search(pattern, each, re.IGNORECASE | re.DOTALL)
    }


def test_no_statement_pins_its_connection() -> None:
    statements = list(_statements())

    assert len(statements) > 100
    assert {name: found for name, text in statements if (found := _pins(text))} == {}


@pytest.mark.parametrize(
    "text",
    ["select set_config('a', 'b', true)", "set local work_mem = '1MB'", "listen news", "select nextval('ids')",
     "create temp table t (id int)", "select pg_try_advisory_lock(1)", "declare c cursor for select 1", "load 'x'",
     "prepare p as select 1"],
)  # fmt: skip
def test_what_pins_is_seen(text: str) -> None:
    assert len(_pins(text)) == 1


@pytest.mark.parametrize(
    "text", ["update a\n    set b = 1", "select pg_advisory_xact_lock(1)", "on conflict do update set a = 1"]
)
def test_what_does_not_pin_is_not(text: str) -> None:
    assert _pins(text) == set()
