"""Brings the database to the schema of the code it is deployed with.

CloudFormation runs it as a custom resource, before the functions that need the schema; it may be invoked by hand too.
What is applied already is skipped, two runs at once wait for each other, and a failing file leaves nothing of itself
behind and fails the deployment. Deleting the stack deletes no table. Its timeout is minutes: Aurora may have to wake,
tables may be locked by long statements, and an index on a large table takes its time.

Needs: migrator, deployment_answers.
"""

from __future__ import annotations

import time

from rideflow.kernel.custom_resource import custom_resource
from rideflow.kernel.migrations import applying
from rideflow.kernel.migrations.owner import connect_as_owner
from rideflow.kernel.observability import logger
from rideflow.kernel.settings import MigratorSettings

_WAKES_WITHIN_S = 90
"""A paused Aurora takes about 15 s, and more if it slept for a day."""


def migrate(left_s: float) -> dict[str, str]:
    until = time.monotonic() + left_s
    with connect_as_owner(MigratorSettings.from_environment(), min(_WAKES_WITHIN_S, left_s)) as connection:
        applied = applying.migrate(connection, applying.Patience(lasts_s=until - time.monotonic()))
    logger.info("migrated", extra={"applied": applied})
    return {"Applied": ",".join(applied)}


app = custom_resource(migrate, physical_id="rideflow-schema")
