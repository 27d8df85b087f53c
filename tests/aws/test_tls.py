"""Functions reach their stores over TLS, and believe no server that the layer's authorities do not vouch for."""

import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import trustme
from cryptography import x509

from functions.kernel.migrate import migrate
from local.processes import free_ports
from rideflow.kernel.certificates import authorities, rds_authorities
from rideflow.kernel.iam_tokens import cache_token, database_token
from rideflow.kernel.migrations import owner, pending
from rideflow.kernel.migrations.owner import connect_as_owner
from rideflow.kernel.postgres import Database, DatabaseUnavailableError, connect
from rideflow.kernel.redis import RedisUnavailableError, answering
from rideflow.kernel.redis import connect as connect_redis
from rideflow.kernel.settings import DatabaseSettings, MigratorSettings
from tests.aws.stores import OWNER, Certificates, TlsPostgres, TlsRedis, tls_postgres

USED_REGIONS = {"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "sa-east-1"}


def test_the_layers_bundle_has_amazons_roots() -> None:
    trusts = ssl.create_default_context(cafile=authorities())

    told = str([each["subject"] for each in trusts.get_ca_certs()])
    assert all(f"('commonName', 'Amazon Root CA {number}')" in told for number in (1, 2, 3, 4))


def test_the_bundle_for_databases_has_rds_s_root_of_each_region_and_no_other() -> None:
    roots = x509.load_pem_x509_certificates(Path(rds_authorities()).read_bytes())
    names = [root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for root in roots]
    regions = {str(name).removeprefix("Amazon RDS ").removesuffix(" Root CA RSA2048 G1") for name in names}

    assert regions >= USED_REGIONS
    assert all(region.count("-") == 2 for region in regions), regions
    for root in roots:
        root.verify_directly_issued_by(root)
        assert root.not_valid_after_utc > datetime(2060, 1, 1, tzinfo=UTC)


@pytest.mark.usefixtures("trusted_as_rds")
def test_the_migrator_signs_in_with_the_clusters_secret_over_tls_and_is_no_superuser(postgres: TlsPostgres) -> None:
    with connect_as_owner(postgres.migrator, patience_s=0) as connection:
        ours = "select ssl, current_user, usesuper from pg_stat_ssl cross join pg_user where pid = pg_backend_pid()"
        row = connection.execute(f"{ours} and usename = current_user".encode()).fetchone()

    assert row == (True, OWNER, False)


@pytest.mark.usefixtures("trusted")
def test_the_migrator_tells_no_password_to_a_server_that_only_public_authorities_vouch_for(
    postgres: TlsPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "_PAUSE_S", 0.01)

    with pytest.raises(DatabaseUnavailableError) as refused:
        connect_as_owner(postgres.migrator, patience_s=0.1)

    assert "certificate verify failed" in str(refused.value.__cause__)


def test_a_master_user_without_superuser_rights_migrates_everything_and_functions_sign_in_by_iam(
    migrated: TlsPostgres,
) -> None:
    with psycopg.connect(migrated.superuser_url) as connection:
        applied = connection.execute("select count(*) from migrations").fetchone()
        owners = connection.execute("select distinct tableowner from pg_tables where schemaname = 'public'").fetchall()
        members = connection.execute(
            "select member::regrole::text from pg_auth_members where roleid = 'rds_iam'::regrole"
        ).fetchall()

    assert applied == (len(pending({})),)
    assert owners == [(OWNER,)]
    assert {name for (name,) in members} >= {"functions", "reader"}


@pytest.fixture(params=[True, False], ids=["members_of_iam_first", "the_owner_first"])
def once_migrated(
    request: pytest.FixtureRequest,
    authority: trustme.CA,
    trusted_as_rds: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[TlsPostgres, bool]]:
    """A server after its first deploy, and whether it asks members of `rds_iam` for a token first."""
    with (
        tempfile.TemporaryDirectory(prefix="rideflow-aws-", ignore_cleanup_errors=True) as folder,
        tls_postgres(
            Path(folder), Certificates.issued(authority, "localhost"), asks_members_of_iam_first=request.param
        ) as running,
    ):
        for variable, name in zip(MigratorSettings.variables(), MigratorSettings.__annotations__, strict=True):
            monkeypatch.setenv(variable, str(getattr(running.migrator, name)))
        assert migrate(60)["Applied"]
        yield running, request.param


def test_the_owner_migrates_again_although_the_roles_it_made_make_it_a_member_of_iam(
    once_migrated: tuple[TlsPostgres, bool],
) -> None:
    server, members_first = once_migrated
    assert server.counts_the_owner_as_a_member_of_iam()
    if members_first:
        owners = server.migrator
        server.lets_in(OWNER, database_token(owners.host, owners.port, owners.user))

    assert migrate(5) == {"Applied": ""}


def test_a_migrator_whose_password_and_token_are_refused_says_what_the_server_said(
    once_migrated: tuple[TlsPostgres, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "_PAUSE_S", 0.01)
    server, _ = once_migrated
    server.lets_in(OWNER, "another")

    with pytest.raises(DatabaseUnavailableError) as refused:
        connect_as_owner(server.migrator, patience_s=0)

    assert "password authentication failed" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted_as_rds")
def test_the_migrator_signs_no_token_for_a_server_that_it_does_not_reach(
    postgres: TlsPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[str] = []
    monkeypatch.setattr(owner, "database_token", lambda *told: signed.append(str(told)))
    (port,) = free_ports(1)
    nowhere = MigratorSettings(**(vars(postgres.migrator) | {"port": port}))

    with pytest.raises(DatabaseUnavailableError):
        connect_as_owner(nowhere, patience_s=0)

    assert signed == []


@pytest.mark.usefixtures("trusted")
def test_functions_sign_in_with_a_token_over_tls(migrated: TlsPostgres) -> None:
    with connect(migrated.functions) as connection:
        row = connection.execute(
            "select ssl, version, current_user as who from pg_stat_ssl where pid = pg_backend_pid()"
        ).fetchone()

    assert row == {"ssl": True, "version": "TLSv1.3", "who": "functions"}


@pytest.mark.usefixtures("trusted")
def test_the_token_of_functions_lets_nobody_else_in(migrated: TlsPostgres) -> None:
    reader = DatabaseSettings(**(vars(migrated.functions) | {"user": "reader"}))
    migrated.lets_in("reader", database_token(reader.host, reader.port, "functions"))

    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(reader)

    assert "password authentication failed" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted")
def test_functions_alter_no_ledger_and_no_schema(migrated: TlsPostgres) -> None:
    for statement in ("update ledger_journals set memo = ''", "drop table trips", "set role master"):
        with connect(migrated.functions) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_database_whose_authority_is_not_in_the_bundle_gets_no_token(postgres: TlsPostgres) -> None:
    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(postgres.functions)

    assert "certificate verify failed" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted")
def test_a_database_under_another_name_than_its_certificates_gets_no_token(postgres: TlsPostgres) -> None:
    elsewhere = DatabaseSettings(**(vars(postgres.functions) | {"host": "127.0.0.1"}))

    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(elsewhere)

    assert "does not match host name" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted")
def test_the_database_works_over_the_connection(migrated: TlsPostgres) -> None:
    store = Database(lambda: connect(migrated.functions))

    with store.transaction():
        assert store.one("select %(one)s::int as one", {"one": 1}) == {"one": 1}
    store.close()


@pytest.fixture
def let_in(redis: TlsRedis) -> TlsRedis:
    redis.lets_in(cache_token(redis.settings.name, redis.settings.user))
    return redis


@pytest.mark.usefixtures("trusted")
def test_functions_use_redis_over_tls_with_a_token(let_in: TlsRedis) -> None:
    with connect_redis(let_in.settings) as redis:
        assert redis.set("{zone}:key", "kept") is True
        assert redis.get("{zone}:key") == b"kept"


@pytest.mark.usefixtures("trusted")
def test_a_token_of_another_cache_lets_nobody_in(redis: TlsRedis) -> None:
    redis.lets_in(cache_token("rideflow-other-redis", redis.settings.user))

    with pytest.raises(RedisUnavailableError) as refused, answering():
        connect_redis(redis.settings, retries=0).get("{zone}:key")

    assert "WRONGPASS" in str(refused.value.__cause__) or "invalid username-password" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted")
def test_a_connection_that_was_closed_signs_in_again(let_in: TlsRedis) -> None:
    """ElastiCache closes a connection of IAM after 12 hours."""
    with connect_redis(let_in.settings) as redis:
        redis.set("{zone}:key", "kept")
        with let_in.client() as test:
            test.execute_command("CLIENT", "KILL", "USER", let_in.settings.user)

        assert redis.get("{zone}:key") == b"kept"


def test_a_cache_whose_authority_is_not_in_the_bundle_is_not_used(redis: TlsRedis) -> None:
    with pytest.raises(RedisUnavailableError) as refused, answering():
        connect_redis(redis.settings, retries=0).get("{zone}:key")

    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value.__cause__)
