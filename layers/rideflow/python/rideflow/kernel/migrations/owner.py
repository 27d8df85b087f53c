"""The connection of the schema's owner, for migrations alone: functions connect as another role, which owns nothing.

The owner is the master user that RDS made with the cluster. It signs in with the password of the cluster's secret: IAM
lets in only members of `rds_iam`, and nobody but the owner could make it one. It goes past the proxy, which knows no
passwords, and whose connections would be pinned by the settings of a migration (ADR 133).
"""

from __future__ import annotations

import json
import time

import psycopg
from psycopg.rows import tuple_row

from rideflow.kernel.certificates import rds_authorities
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
    return opened(settings, row_factory=tuple_row, password=_password(settings), **verified(rds_authorities()))


def _password(settings: MigratorSettings) -> str:
    """Read for each attempt: the secret may be rotated meanwhile."""
    from rideflow.kernel import aws

    secret = aws.client("secretsmanager").get_secret_value(SecretId=settings.secret_arn)
    return str(json.loads(secret["SecretString"])["password"])
