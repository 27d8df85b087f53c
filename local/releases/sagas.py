"""The functions that a stage's sagas call, read from the definitions that are deployed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from infra.constructs.naming import resource_name

LONGEST_SAGA = timedelta(days=1)
"""No execution runs longer: the definitions' `TimeoutSeconds`."""

_STEP = re.compile(r":function:([\w-]+):\{\}")


class Sagas:
    """The state machines of one stage. `client` is boto3's."""

    def __init__(self, client: Any, stage: str) -> None:
        self._client = client
        self._prefix = resource_name(stage, "")

    def steps(self) -> set[str]:
        """The names of the functions that have an alias for each release."""
        found: set[str] = set()
        for page in self._client.get_paginator("list_state_machines").paginate():
            for machine in page["stateMachines"]:
                if machine["name"].startswith(self._prefix):
                    told = self._client.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
                    found |= set(_STEP.findall(told["definition"]))
        return found
