"""Brings the database to the schema of the code it is deployed with.

CloudFormation runs it as a custom resource, before the functions that need the schema; it may be invoked by hand too.
What is applied already is skipped, two runs at once wait for each other, and a failing file leaves nothing behind and
fails the deployment. Deleting the stack deletes no table. Its timeout is minutes: Aurora may have to wake, and an index
on a large table takes its time.

Needs: database.
"""

from __future__ import annotations

from rideflow.kernel import migrations
from rideflow.kernel.custom_resource import custom_resource
from rideflow.kernel.observability import logger
from rideflow.kernel.postgres import connect
from rideflow.kernel.settings import DatabaseSettings


def migrate() -> dict[str, str]:
    with connect(DatabaseSettings.from_environment()) as connection:
        applied = migrations.migrate(connection)
    logger.info("migrated", extra={"applied": applied})
    return {"Applied": ",".join(applied)}


app = custom_resource(migrate, physical_id="rideflow-schema")
