"""Lets a burst of invocations wait for its turn instead of starting a process for each.

AWS starts a thousand environments at once and has the machines for it. On a laptop, processes that start together
compete for the processor with each other and with the work that waits for them: each start costs as much as fifty
invocations. So a function has one process, and gets another, up to a limit, whenever an invocation has waited too long.
Few processes start at the same time.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from localstack.services.lambda_.invocation.assignment import AssignmentService

from .. import settings
from .turns import Turns


def install() -> None:
    """Put the limits around LocalStack's choice of an environment."""
    limit, starts = settings.function_processes(), threading.BoundedSemaphore(settings.function_starts())
    turns: dict[str, Turns] = defaultdict(lambda: Turns(limit))
    get_environment, start_environment = AssignmentService.get_environment, AssignmentService.start_environment

    @contextlib.contextmanager
    def get_in_turn(service: AssignmentService, version_id: str, *arguments: Any) -> Iterator[Any]:
        with turns[version_id].turn(), get_environment(service, version_id, *arguments) as environment:
            yield environment

    def start_in_turn(service: AssignmentService, *arguments: Any) -> Any:
        with starts:
            return start_environment(service, *arguments)

    AssignmentService.get_environment = get_in_turn
    AssignmentService.start_environment = start_in_turn
