"""The connection of the schema's owner, for migrations alone: functions connect as another role, which owns nothing.

The owner is the master user that RDS made with the cluster. It signs in with the password of the cluster's secret: IAM
lets in only members of `rds_iam`, and nobody but the owner could make it one. Since PostgreSQL 16 whoever makes a role
is a member of it, so the owner may become a member of `rds_iam` by the roles that it made and put there; RDS then
refuses its password, and it signs in with a token. It goes past the proxy, which knows no passwords, and whose
connections would be pinned by the settings of a migration (ADR 133).
"""

from __future__ import annotations

import json
import time

import psycopg
from psycopg.rows import tuple_row

from rideflow.kernel.certificates import rds_authorities
from rideflow.kernel.iam_tokens import database_token
from rideflow.kernel.postgres import DatabaseUnavailableError, opened, verified
from rideflow.kernel.settings import MigratorSettings

_PAUSE_S = 1.0


def connect_as_owner(settings: MigratorSettings, patience_s: float) -> psycopg.Connection[object]:
    """Connect, again and again while the database wakes or starts. Raises `DatabaseUnavailableError`."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return _connected(settings)
        except DatabaseUnavailableError:
            if time.monotonic() + _PAUSE_S > until:
                raise
        time.sleep(_PAUSE_S)


def _connected(settings: MigratorSettings) -> psycopg.Connection[object]:
    if settings.auth == "trust":
        return opened(settings, row_factory=tuple_row)
    try:
        return _signed_in(settings, _password(settings))
    except DatabaseUnavailableError as error:
        if not _refuses_the_password(error):
            raise
        return _signed_in(settings, database_token(settings.host, settings.port, settings.user))


def _signed_in(settings: MigratorSettings, password: str) -> psycopg.Connection[object]:
    return opened(settings, row_factory=tuple_row, password=password, **verified(rds_authorities()))


def _refuses_the_password(error: DatabaseUnavailableError) -> bool:
    """Whether the server asked for a password and then ended the connection: one that is not reached asks for none."""
    cause = error.__cause__
    return isinstance(cause, psycopg.Error) and cause.pgconn is not None and cause.pgconn.used_password


def _password(settings: MigratorSettings) -> str:
    """Read for each attempt: the secret may be rotated meanwhile."""
    from rideflow.kernel import aws

    secret = aws.client("secretsmanager").get_secret_value(SecretId=settings.secret_arn)
    return str(json.loads(secret["SecretString"])["password"])
