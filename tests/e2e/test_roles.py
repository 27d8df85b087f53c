"""Permissions of roles are data: a change is in force within five seconds."""

import asyncio
import time
from uuid import uuid4

from rideflow.identity.model import RoleChange
from rideflow.identity.role_changes import RoleChanges
from simulation.api import Api
from simulation.people import staff
from tests.e2e.city import City

IN_FORCE_WITHIN_S = 5.0
EVENTS_SET_ASIDE = "/v1/outbox"


async def test_a_role_made_by_staff_permits_its_grants_and_not_its_denials(city: City) -> None:
    role = f"auditor-{uuid4().hex[:8]}"
    cognito, pool = city.aws("cognito-idp"), city.record.user_pool_id
    cognito.create_group(UserPoolId=pool, GroupName=role)
    auditor = (await staff(city.api, cognito, pool, role)).api
    dynamodb = city.aws("dynamodb")
    changes = RoleChanges(str(city.record.output("RoleChangesTable")), lambda: dynamodb)
    assert await auditor.status_of("GET", EVENTS_SET_ASIDE) == 403

    changes.put(RoleChange(role, granted=frozenset({"outbox:read"})))
    await _answered(auditor, 200)

    changes.put(RoleChange(role, denied=frozenset({"outbox:read"}), version=2))
    await _answered(auditor, 403)


async def _answered(caller: Api, status: int) -> None:
    """Wait for the status. Fails if it does not come within the time that a change may take."""
    changed_at = asked_at = time.monotonic()
    while await caller.status_of("GET", EVENTS_SET_ASIDE) != status:
        assert asked_at - changed_at < IN_FORCE_WITHIN_S, f"not yet {status}"
        await asyncio.sleep(0.1)
        asked_at = time.monotonic()
