"""What follows a commit."""

from __future__ import annotations

from collections.abc import Callable

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import logger


def as_far_as_possible(follow: Callable[[], None]) -> None:
    """What follows a commit must not fail the request: events and sweepers repair it."""
    try:
        follow()
    except UnavailableError:
        logger.warning("dispatch: left for the consumer", exc_info=True)
