"""Step Functions' calls to other services: their names, and clients that are made once instead of for every task."""

import time
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    state_task_service as services,
)
from localstack.services.stepfunctions.asl.utils import boto_client

# Services as states spell them (the Java SDK's names) and as boto3 does; LocalStack's list lacks these.
NAMES = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "eventbridge": "events",
}
# Well within the hour for which a role is assumed.
REUSE_S = 1800.0


class AssumedRoles:
    """Replaces a task's assumption of its machine's role, and reuses each assumed role for a while."""

    def __init__(self) -> None:
        self._clients: dict[tuple[Any, ...], tuple[float, Any]] = {}

    def with_assumed_role(self, *, role_arn: str, region_name: str, **options: Any) -> Any:
        """Clients of a role, as `connect_to` gives them."""
        made_at, clients = self._clients.get((role_arn, region_name), (0.0, None))
        if clients is None or time.monotonic() - made_at > REUSE_S:
            clients = connect_to.with_assumed_role(role_arn=role_arn, region_name=region_name, **options)
            self._clients[role_arn, region_name] = (time.monotonic(), clients)
        return clients


def install() -> None:
    """Install it for tasks that start from now on."""
    services.StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(NAMES)
    boto_client.connect_to = AssumedRoles()
