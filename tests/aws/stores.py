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
from local.redis_binary import find_redis
from rideflow.kernel.settings import DatabaseSettings, RedisSettings
from tests.aws.debian_postgres import debian_postgres

FUNCTIONS, TOKEN = "functions", "a-token-of-iam"
"""The database's user of functions, and the password by which it is let in."""


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


@contextmanager
def tls_postgres(folder: Path, certificates: Certificates) -> Iterator[DatabaseSettings]:
    """A server that lets functions in over TLS, with their password, and in no other way."""
    server = start_postgres(
        folder / "data",
        folder / "postgres.log",
        durable=False,
        build=debian_postgres(),
        settings={"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"},
        files={
            "server.crt": certificates.chain,
            "server.key": certificates.key,
            "pg_hba.conf": f"host all postgres {LOOPBACK}/32 trust\nhostssl all {FUNCTIONS} {LOOPBACK}/32 password\n",
        },
    )
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            named = sql.SQL("create role {} login password {}").format(sql.Identifier(FUNCTIONS), sql.Literal(TOKEN))
            connection.execute(named)
        yield DatabaseSettings(host="localhost", port=server.port, name="postgres", user=FUNCTIONS, auth="iam")
    finally:
        server.stop()


@contextmanager
def tls_redis(folder: Path, certificates: Certificates) -> Iterator[RedisSettings]:
    """A one-node cluster that speaks TLS alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.crt").write_text(certificates.chain)
    (folder / "server.key").write_text(certificates.key)
    binary, port = find_redis(), free_ports(1, also=BUS_OFFSET)[0]
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
    server = Server("redis", [str(binary.path), *options], folder / "redis.log", environment=binary.environment)
    process = ServerProcess(server)
    try:
        with redis.Redis(host=LOOPBACK, port=port, ssl=True, ssl_cert_reqs="none", socket_timeout=5) as client:
            process.wait_until(lambda: _answers(client), START_DEADLINE_S)
            client.cluster("ADDSLOTS", *range(SLOTS))
            process.wait_until(lambda: client.cluster("INFO")["cluster_state"] == "ok", START_DEADLINE_S)
        yield RedisSettings(host=LOOPBACK, port=port, tls=True)
    finally:
        process.stop()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
