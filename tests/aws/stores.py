"""PostgreSQL and Redis as AWS has them: TLS alone, certificates of an authority, passwords."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
import trustme
from psycopg import sql

from local.postgres import start_postgres
from local.processes import LOOPBACK, Server, ServerProcess, free_ports
from local.redis import BUS_OFFSET, SLOTS, START_DEADLINE_S
from local.redis_binary import RedisBinary
from rideflow.kernel.redis_access import access
from rideflow.kernel.settings import DatabaseSettings, MigratorSettings, RedisSettings
from tests.aws.debian_postgres import debian_postgres

SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:database"
OWNER, SECRET = "master", "of/the secret's"
"""The database's master user, who may make roles and is no superuser, as on RDS; and its password."""
DATABASE = "rideflow"
FUNCTIONS_OF_REDIS = "rideflow-test-functions"
"""The user that `RedisSettings` name, and the only one who is let in beside the test."""
_MEMBER_BY_MAKING = 160000
"""Since PostgreSQL 16 a role is granted by its administrators alone; whoever makes a role is one, and so a member."""
_TEST, _TESTS_PASSWORD = "test", "of-the-test"


@dataclass(frozen=True)
class Certificates:
    """What an authority has issued: a server's certificate in PEM with its chain, and its key."""

    chain: str
    key: str

    @classmethod
    def issued(cls, authority: trustme.CA, host: str) -> "Certificates":
        issued = authority.issue_cert(host)
        chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
        return cls(chain, issued.private_key_pem.bytes().decode())


@dataclass(frozen=True)
class TlsPostgres:
    """A server as RDS sets one up: every client comes over TLS; members of `rds_iam` bring a token, others a password.

    What stands for IAM is a password: `lets_in` makes it the token that a function has just signed.
    """

    functions: DatabaseSettings
    migrator: MigratorSettings
    superuser_url: str
    """Without TLS, for the test alone."""

    def counts_the_owner_as_a_member_of_iam(self) -> bool:
        """After a migration. An older server than Aurora's is made to count as Aurora's may."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            if connection.info.server_version < _MEMBER_BY_MAKING:
                connection.execute(f"grant functions, reader to {OWNER} with admin option".encode())
            row = connection.execute("select pg_has_role(%s, 'rds_iam', 'member')", [OWNER]).fetchone()
        return row == (True,)

    def lets_in(self, user: str, token: str) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            stored = sql.SQL("alter role {} password {}").format(sql.Identifier(user), sql.Literal(token))
            connection.execute(stored)


@contextmanager
def tls_postgres(
    folder: Path, certificates: Certificates, *, asks_members_of_iam_first: bool = True
) -> Iterator[TlsPostgres]:
    """A server with an empty database, before its first migration. RDS asks members of `rds_iam` for a token first."""
    rules = [
        f"hostssl all +rds_iam {LOOPBACK}/32 password",
        f"hostssl all {OWNER} {LOOPBACK}/32 scram-sha-256",
    ]
    server = start_postgres(
        folder / "data",
        folder / "postgres.log",
        durable=False,
        build=debian_postgres(),
        settings={"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"},
        files={
            "server.crt": certificates.chain,
            "server.key": certificates.key,
            "pg_hba.conf": "\n".join(
                [
                    f"host all postgres {LOOPBACK}/32 trust",
                    *(rules if asks_members_of_iam_first else reversed(rules)),
                    "",
                ]
            ),
        },
    )
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create role rds_iam")
            role, password = sql.Identifier(OWNER), sql.Literal(SECRET)
            connection.execute(sql.SQL("create role {} login createrole createdb password {}").format(role, password))
            if connection.info.server_version >= _MEMBER_BY_MAKING:
                connection.execute(sql.SQL("grant rds_iam to {} with admin option").format(role))
            connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), role))
        host, port = "localhost", server.port
        yield TlsPostgres(
            DatabaseSettings(host=host, port=port, name=DATABASE, user="functions", auth="iam", use_table=""),
            MigratorSettings(host, port, DATABASE, OWNER, "password", SECRET_ARN),
            server.url(DATABASE),
        )
    finally:
        server.stop()


@dataclass(frozen=True)
class TlsRedis:
    """A cluster as ElastiCache sets one up: users with an access string each, and no default user."""

    settings: RedisSettings

    def client(self) -> redis.Redis:
        """The test's own, who may do everything."""
        return redis.Redis(
            host=LOOPBACK,
            port=self.settings.port,
            username=_TEST,
            password=_TESTS_PASSWORD,
            ssl=True,
            ssl_cert_reqs="none",
            socket_timeout=5,
        )

    def lets_in(self, token: str) -> None:
        with self.client() as client:
            client.execute_command("ACL", "SETUSER", FUNCTIONS_OF_REDIS, "resetpass", f">{token}")


@contextmanager
def tls_redis(folder: Path, certificates: Certificates, binary: RedisBinary) -> Iterator[TlsRedis]:
    """A one-node cluster that speaks TLS alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.crt").write_text(certificates.chain)
    (folder / "server.key").write_text(certificates.key)
    port = free_ports(1, also=BUS_OFFSET)[0]
    settings = {
        "bind": LOOPBACK,
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": str(folder / "server.crt"),
        "tls-key-file": str(folder / "server.key"),
        "tls-ca-cert-file": str(folder / "server.crt"),
        "tls-auth-clients": "no",
        "tls-cluster": "yes",
        "cluster-enabled": "yes",
        "cluster-announce-ip": LOOPBACK,
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
    }
    options = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
    options += ["--user", "default", "off"]
    options += ["--user", _TEST, "on", f">{_TESTS_PASSWORD}", "~*", "&*", "+@all"]
    options += ["--user", FUNCTIONS_OF_REDIS, *access().split()]
    server = Server("redis", [str(binary.path), *options], folder / "redis.log", environment=binary.environment)
    process = ServerProcess(server)
    named = RedisSettings(host=LOOPBACK, port=port, name="rideflow-test-redis", user=FUNCTIONS_OF_REDIS, auth="iam")
    running = TlsRedis(named)
    try:
        with running.client() as client:
            process.wait_until(lambda: _answers(client), START_DEADLINE_S)
            client.cluster("ADDSLOTS", *range(SLOTS))
            process.wait_until(lambda: client.cluster("INFO")["cluster_state"] == "ok", START_DEADLINE_S)
        yield running
    finally:
        process.stop()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
