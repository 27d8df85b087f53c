"""Best-effort steps after a commit."""

from __future__ import annotations

from collections.abc import Callable

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import logger


def best_effort(step: Callable[[], None]) -> None:
    """Run a step after a commit. A store that does not answer fails no request: events and sweepers repeat the step."""
    try:
        step()
    except UnavailableError:
        logger.warning("dispatch: left for the consumer", exc_info=True)
