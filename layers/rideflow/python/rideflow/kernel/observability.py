"""Structured logs, and counters of what the domain refuses or repairs.

Rate, errors and duration of each operation are what Lambda and API Gateway measure of every function and method by
themselves; one Lambda per operation makes them per operation. Only what they cannot see is counted here.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics

_one_at_a_time = Lock()
"""Frames are pushed by several threads, and Metrics collects before it writes."""

logger = Logger(service="rideflow", utc=True)


def count(name: str, **dimensions: str) -> None:
    """Add one to a metric, in the embedded metric format: a log line, no call."""
    measure(name, 1, **dimensions)


def measure(name: str, how_many: int, **dimensions: str) -> None:
    """Say how many there are of something that is counted anew each time."""
    metrics = _metrics()
    with _one_at_a_time:
        for key, value in dimensions.items():
            metrics.add_dimension(key, value)
        metrics.add_metric(name, unit="Count", value=how_many)
        metrics.flush_metrics()


@cache
def _metrics() -> Metrics:
    from aws_lambda_powertools import Metrics

    return Metrics(namespace="RideFlow", service="rideflow")


_bound: set[str] = set()
"""The names of this invocation's ids."""


def bind(**keys: Any) -> None:
    """Put ids on every further log line of this invocation (`request_id`, `trip_id`, `person_id`)."""
    _bound.update(keys)
    logger.append_keys(**{key: str(value) for key, value in keys.items()})


def start_invocation(request_id: str) -> None:
    """Forget the former invocation's ids: an environment serves many.

    Powertools' own `clear_state` would set up the formatter's whole state again in each call.
    """
    logger.remove_keys(_bound)
    _bound.clear()
    bind(request_id=request_id)
