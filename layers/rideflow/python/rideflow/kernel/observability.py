"""Structured logs, and metrics of refusals and repairs in the domain.

Lambda and API Gateway measure rate, errors and duration of every function and method; since each operation is a Lambda,
these are the metrics of the operations. Only events that they cannot see are counted here.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics

_one_at_a_time = Lock()
"""A lock for `Metrics`, which collects before it writes: several threads push frames and count."""

logger = Logger(service="rideflow", utc=True)


def count(name: str, **dimensions: str) -> None:
    """Add one to a metric, in the embedded metric format: a log line, no call."""
    measure(name, 1, **dimensions)


def measure(name: str, how_many: int, **dimensions: str) -> None:
    """Write the value of a metric, in the embedded metric format."""
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
"""The names of the ids that are bound in this invocation."""


def bind(**keys: Any) -> None:
    """Add ids such as `request_id`, `trip_id` and `person_id` to every further log line of this invocation."""
    _bound.update(keys)
    logger.append_keys(**{key: str(value) for key, value in keys.items()})


def start_invocation(request_id: str) -> None:
    """Unbind the former invocation's ids, and bind the request's.

    Powertools' own `clear_state` would set up the whole state of the formatter again in each call.
    """
    logger.remove_keys(_bound)
    _bound.clear()
    bind(request_id=request_id)
