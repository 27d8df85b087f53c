"""Database migrations: numbered SQL files beside each context, applied once, in order (`applying.py`).

The files of a context are `<context>/migrations/NNNN_<what>.sql`. Contexts are migrated in the order of `CONTEXTS`, so
a view may read the tables of a context before its own. A file that was applied is never applied again, so a database
with another text of a file, or another set of files, is refused: nothing would bring it to the schema of this code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

CONTEXTS = (
    "kernel", "identity", "riders", "drivers", "pricing", "trips", "dispatch", "ledger", "payments", "supply",
    "locations", "realtime", "notifications", "operations", "analytics",
)  # fmt: skip

_OUTSIDE = "-- outside a transaction"
"""The first words of a file whose one statement PostgreSQL runs in no transaction, as `create index concurrently`."""


@dataclass(frozen=True)
class Migration:
    """One file; `name` is `<context>/<file>`."""

    name: str
    statements: str

    @property
    def digest(self) -> str:
        """A digest of the file's text."""
        return hashlib.sha256(self.statements.encode()).hexdigest()[:16]

    @property
    def outside_a_transaction(self) -> bool:
        return self.statements.startswith(_OUTSIDE)


class OtherSchemaError(Exception):
    """The database was migrated by files that this code does not have, or has with another text."""


def migrations() -> list[Migration]:
    """All migrations, in the order in which they are applied."""
    found = []
    for context in CONTEXTS:
        package = resources.files("rideflow").joinpath(context)
        folder = package.joinpath("migrations")
        if not package.is_dir() or not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            name = f"{context}/{file.name.removesuffix('.sql')}"
            if file.name.endswith(".sql"):
                found.append(Migration(name, file.read_text(encoding="utf-8")))
    return found


def pending(applied: Mapping[str, str | None]) -> list[Migration]:
    """The migrations that are not applied yet. `applied` maps the names of applied ones to their digests.

    Raises `OtherSchemaError`. Code that was rolled back may find unknown files, if it has nothing to apply itself.
    """
    every = migrations()
    edited = [each.name for each in every if each.name in applied and applied[each.name] != each.digest]
    missing = [each for each in every if each.name not in applied]
    unknown = sorted(set(applied) - {each.name for each in every}) if missing else []
    if edited or unknown:
        raise OtherSchemaError(
            f"The database was migrated by other files than these ({', '.join([*edited, *unknown])})."
            " On a laptop, `rideflow down` and `rideflow up` give a fresh one."
        )
    return missing
