"""Functions may do what their SQL does, and nothing else; readers only read; the owner alone changes the schema."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import scalar_row

from local.postgres import Postgres
from rideflow.kernel.migrations import pending
from rideflow.kernel.migrations.applying import migrate_url
from tools.arrows.sql import LAYER
from tools.released import explain
from tools.rights import Right, needed

APPEND_ONLY = ("ledger_entries", "ledger_journals", "operator_actions", "scheduled_ride_events", "trip_events")
LOGS = (
    *APPEND_ONLY,
    "ledger_accounts",
    "ledger_snapshots",
    "ledger_checks",
    "receipts",
    "trip_ratings",
    "driver_ratings",
    "quotes",
)
"""Tables whose rows no statement of the product changes."""

_GRANTED = """
    select relname as object, lower(privilege_type) as verb
    from pg_class cross join lateral aclexplode(relacl) as acl
    where relnamespace = 'public'::regnamespace and acl.grantee = %(role)s::regrole
    union
    select relname, 'lock'
    from pg_class join pg_attribute on attrelid = pg_class.oid cross join lateral aclexplode(attacl) as acl
    where relnamespace = 'public'::regnamespace and acl.grantee = %(role)s::regrole and privilege_type = 'UPDATE'
    union
    select proname, lower(privilege_type)
    from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as acl
    where pronamespace = 'public'::regnamespace and acl.grantee in (%(role)s::regrole, 0)
"""


def as_role(database_url: str, role: str) -> str:
    return database_url.replace("postgres@", f"{role}@")


def granted(database_url: str, role: str) -> set[Right]:
    with psycopg.connect(database_url) as connection:
        return {Right(*row) for row in connection.execute(_GRANTED, {"role": role}).fetchall()}


def test_functions_have_exactly_the_rights_that_their_sql_needs(database_url: str) -> None:
    needs = needed()
    has = granted(database_url, "functions")

    assert {right: files for right, files in needs.items() if right not in has} == {}
    assert has - needs.keys() == set()


def test_the_database_itself_finds_no_right_missing_of_any_statement(database_url: str) -> None:
    """PostgreSQL checks rights when it explains a statement: the parser of the test above is not alone."""
    checked = 0
    with psycopg.connect(as_role(database_url, "functions"), autocommit=True) as connection:
        for file in sorted(LAYER.rglob("sql/*.sql")):
            explain(connection, file.read_text(encoding="utf-8"))
            checked += 1

    assert checked > 100


def test_a_forgotten_grant_is_found_and_so_is_one_that_nobody_needs(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("revoke insert on receipts from functions")
        owner.execute("grant delete on trips to functions")
        owner.execute("create function public.later() returns int language sql as 'select 1'")

    needs, has = needed(), granted(database_url, "functions")
    assert needs.keys() - has == {Right("receipts", "insert")}
    assert has - needs.keys() == {Right("trips", "delete")}


def test_readers_only_select_and_see_neither_people_nor_places(database_url: str) -> None:
    has = granted(database_url, "reader")
    with psycopg.connect(database_url, row_factory=scalar_row) as connection:
        seen = set(
            connection.execute(
                "select distinct column_name from information_schema.columns where table_name = any(%s)",
                ([right.object for right in has],),
            ).fetchall()
        )

    assert {right.verb for right in has} == {"select"}
    assert {"ledger_entries", "receipts", "payment_orders"} <= {right.object for right in has}
    assert seen & {"name", "phone", "email", "plate", "licence", "pin", "brand", "last4", "pickup_lat", "home"} == set()


@pytest.mark.parametrize("table", LOGS)
@pytest.mark.parametrize(
    "statement",
    [
        "update {} set {} = {}",
        "delete from {}",
        "truncate {} cascade",
        "alter table {} disable trigger all",
        "drop table {} cascade",
        "create trigger mine before insert on {} for each row execute function refuse_change_of_log()",
        "create rule mine as on insert to {} do instead nothing",
    ],
)
def test_functions_cannot_change_a_log(database_url: str, table: str, statement: str) -> None:
    column = {
        "ledger_accounts": "id",
        "ledger_checks": "id",
        "ledger_entries": "journal_id",
        "ledger_journals": "id",
        "ledger_snapshots": "position",
        "operator_actions": "id",
        "quotes": "id",
        "receipts": "order_id",
        "scheduled_ride_events": "seq",
    }.get(table, "trip_id")
    with (
        psycopg.connect(as_role(database_url, "functions"), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.replace("{}", table, 1).replace("{}", column).encode())


def test_functions_write_no_table_of_the_ledger(database_url: str) -> None:
    """What they write, they write by its own functions, which refuse what no check would find."""
    has = granted(database_url, "functions")

    assert {right.verb for right in has if right.object.startswith("ledger_")} == {"select", "execute"}


def test_every_table_whose_triggers_refuse_changes_is_a_log(database_url: str) -> None:
    with psycopg.connect(database_url, row_factory=scalar_row) as connection:
        refusing = connection.execute(
            "select distinct tgrelid::regclass::text from pg_trigger join pg_proc on pg_proc.oid = tgfoid"
            " where proname ~ '^refuse_change|append_only$'"
        ).fetchall()

    assert set(refusing) == set(APPEND_ONLY)


@pytest.mark.parametrize("role", ["functions", "reader"])
@pytest.mark.parametrize(
    "statement",
    [
        "set session_replication_role = replica",
        "create table mine (id int)",
        "create function mine() returns int language sql as 'select 1'",
        "create schema mine",
        "alter table trips add column mine int",
        "alter role functions createrole",
        "create role mine",
        "set role postgres",
        "select * from migrations",
        "grant select on migrations to reader",
        "select pg_read_file('/etc/passwd')",
        "copy (select 1) to program 'cat'",
    ],
)
def test_roles_change_neither_the_schema_nor_themselves(database_url: str, role: str, statement: str) -> None:
    with (
        psycopg.connect(as_role(database_url, role), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.fixture
def fresh_url(postgres: Postgres) -> Iterator[str]:
    """A database of its own migration: rights on a database itself are not copied with a template."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("create database rights_of_a_database")
        yield postgres.url("rights_of_a_database")
        connection.execute("drop database rights_of_a_database with (force)")


def test_only_named_roles_connect_and_none_makes_temporary_tables(fresh_url: str) -> None:
    """A temporary table would pin a connection of RDS Proxy."""
    migrate_url(fresh_url)
    with psycopg.connect(fresh_url, autocommit=True) as owner:
        owner.execute("create role stranger login")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(as_role(fresh_url, "stranger"))
        finally:
            owner.execute("drop role stranger")
    with (
        psycopg.connect(as_role(fresh_url, "functions")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("create temporary table mine (id int)")


def test_on_aurora_roles_sign_in_by_iam(fresh_url: str) -> None:
    with psycopg.connect(fresh_url, autocommit=True) as owner:
        owner.execute("create role rds_iam")  # RDS makes it
        try:
            migrate_url(fresh_url)
            members = owner.execute(
                "select member::regrole::text from pg_auth_members where roleid = 'rds_iam'::regrole"
            ).fetchall()
            passwords = owner.execute(
                "select count(*) from pg_authid where rolname in ('functions', 'reader') and rolpassword is not null"
            ).fetchone()
        finally:
            owner.execute("drop role rds_iam")

    assert {name for (name,) in members} == {"functions", "reader"}
    assert passwords == (0,)


def test_each_context_with_tables_says_what_functions_do_to_them() -> None:
    with_tables = {each.name.split("/")[0] for each in pending({}) if "create table" in each.statements}
    with_rights = {Path(each.name).parent.name for each in pending({}) if each.name.endswith("_rights")}

    assert with_tables == with_rights
