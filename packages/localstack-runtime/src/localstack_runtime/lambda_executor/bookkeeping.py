"""Keeps the work that LocalStack does beside each invocation off the invocation's path.

It starts up to four threads and makes two HTTP requests to itself for every invocation: metrics, logs, an idle timer.
Here one thread writes logs together a few times a second, one reports metrics, one looks after idle environments.
"""

import logging
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localstack import config
from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation import version_manager
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InitializationType,
    InvalidStatusException,
    RuntimeStatus,
)
from localstack.services.lambda_.invocation.logs import LogHandler, LogItem
from localstack.services.logs.models import get_moto_logs_backend

from .. import settings
from ..authorization import needs
from ..authorization.access import ACCESS, DeniedError
from ..authorization.roles import Session

LOG = logging.getLogger(__name__)
WRITE_INTERVAL_S = 0.25
IDLE_CHECK_S = 5.0
METRIC_INTERVAL_S = 30.0
METRIC_THREAD = "record-cloudwatch-metric"

Place = tuple[str, str]  # account and region


class LogWriter:
    """Writes the logs of functions to CloudWatch Logs, all lines of a moment in one request per stream."""

    def __init__(self) -> None:
        self._items: queue.Queue[tuple[Place, LogItem, int]] = queue.Queue()
        threading.Thread(target=self._run, name="function-logs", daemon=True).start()

    def add(self, place: Place, item: LogItem) -> None:
        """Queue the log of one invocation."""
        self._items.put((place, item, int(time.time() * 1000)))

    def _run(self) -> None:
        while True:
            batch = [self._items.get()]
            time.sleep(WRITE_INTERVAL_S)
            while not self._items.empty():
                batch.append(self._items.get_nowait())
            streams: dict[tuple[Place, str, str], list[dict[str, Any]]] = defaultdict(list)
            for place, item, at in batch:
                if not (lines := [line for line in item.logs.split("\n") if line]):
                    continue
                streams[place, item.log_group, item.log_stream] += [
                    {"timestamp": at, "message": line} for line in lines
                ]
            for (place, group, stream), events in streams.items():
                try:
                    _put_events(place, group, stream, events)
                except Exception as error:  # a log that cannot be written must not end the logging
                    LOG.warning("log of %s is lost: %s", group, error)


class MetricWriter:
    """Counts invocations and errors, and reports the sums."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Place, str, str]] = Counter()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="function-metrics", daemon=True).start()

    def count(self, place: Place, function: str, metric: str) -> None:
        """Count one invocation."""
        with self._lock:
            self._counts[place, function, metric] += 1

    def _run(self) -> None:
        while True:
            time.sleep(METRIC_INTERVAL_S)
            with self._lock:
                counts, self._counts = self._counts, Counter()
            for (place, function, metric), count in counts.items():
                data = {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "FunctionName", "Value": function}],
                    "Timestamp": datetime.now(UTC),
                    "Value": count,
                }
                try:
                    _client("cloudwatch", place).put_metric_data(Namespace="AWS/Lambda", MetricData=[data])
                except Exception as error:  # an error must not end the reporting, as with logs
                    LOG.warning("metric of %s is lost: %s", function, error)


class IdleReaper:
    """Ends environments that have been idle for `LAMBDA_KEEPALIVE_MS`."""

    def __init__(self) -> None:
        self._released: dict[str, ExecutionEnvironment] = {}
        threading.Thread(target=self._run, name="function-idle", daemon=True).start()

    def released(self, environment: ExecutionEnvironment) -> None:
        """Start the idle time of an environment that waits for its next invocation."""
        self._released[environment.id] = environment

    def _run(self) -> None:
        while True:
            time.sleep(IDLE_CHECK_S)
            for environment in list(self._released.values()):
                idle_ms = (datetime.now() - environment.last_returned).total_seconds() * 1000  # noqa: DTZ005 - as set
                if environment.status is not RuntimeStatus.READY:
                    self._released.pop(environment.id, None)
                elif idle_ms > config.LAMBDA_KEEPALIVE_MS:
                    environment.keepalive_passed()


def _put_events(place: Place, group: str, stream: str, events: list[dict[str, Any]]) -> None:
    """Write into the log store directly: requests to LocalStack itself for each stream were a third of all requests."""
    backend = get_moto_logs_backend(*place)
    if group not in backend.groups:
        backend.create_log_group(group, {})
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, events)


def _client(service: str, place: Place) -> Any:
    account, region = place
    return getattr(connect_to(aws_access_key_id=account, region_name=region), service)


def _log_group(environment: ExecutionEnvironment) -> str:
    """The group that the function's logging configuration names; LocalStack only knows the default one."""
    configured = environment.function_version.config.logging_config.get("LogGroup")
    return configured or f"/aws/lambda/{environment.function_version.id.function_name}"


def _may_write(session: Session, place: needs.Place, item: LogItem) -> bool:
    """Whether the function's role may write its log. Without that right Lambda runs it, and keeps no log."""
    if not settings.policies_are_enforced():
        return True
    stream = f"log-group:{item.log_group}:log-stream:{item.log_stream}"
    try:
        ACCESS.check(session, needs.Need("logs:PutLogEvents", place.arn("logs", stream)), place)
    except DeniedError:
        return False
    return True


def _install_logs() -> None:
    writer = LogWriter()

    def add_logs(handler: LogHandler, item: LogItem) -> None:
        account = handler.role_arn.split(":")[4]
        if _may_write(Session(handler.role_arn, item.log_group), needs.Place(account, handler.region), item):
            writer.add((account, handler.region), item)

    LogHandler.start_subscriber = lambda _handler: None
    LogHandler.stop = lambda _handler: None
    LogHandler.add_logs = add_logs
    ExecutionEnvironment.get_log_group_name = _log_group


def _install_metrics() -> None:
    metrics, start_thread = MetricWriter(), version_manager.start_thread

    def record_invocation(*, function_name: str, account_id: str, region_name: str) -> None:
        metrics.count((account_id, region_name), function_name, "Invocations")

    def record_error(*, function_name: str, account_id: str, region_name: str) -> None:
        record_invocation(function_name=function_name, account_id=account_id, region_name=region_name)
        metrics.count((account_id, region_name), function_name, "Errors")

    def run_or_start(method: Callable[..., Any], *args: Any, name: str | None = None, **options: Any) -> Any:
        # Counting takes less time than starting a thread for it.
        if name and name.startswith(METRIC_THREAD):
            return method()
        return start_thread(method, *args, name=name, **options)

    version_manager.record_cw_metric_invocation = record_invocation
    version_manager.record_cw_metric_error = record_error
    version_manager.start_thread = run_or_start


def _install_idle_timer() -> None:
    reaper = IdleReaper()

    def release(environment: ExecutionEnvironment) -> None:
        environment.last_returned = datetime.now()  # noqa: DTZ005 - LocalStack compares it with its own local times
        with environment.status_lock:
            if environment.status != RuntimeStatus.INVOKING:
                raise InvalidStatusException(f"{environment.id} is {environment.status}, not invoking")
            environment.status = RuntimeStatus.READY
        if environment.initialization_type == InitializationType.on_demand:
            reaper.released(environment)

    ExecutionEnvironment.release = release


def install() -> None:
    """Replace LocalStack's bookkeeping."""
    _install_logs()
    _install_metrics()
    _install_idle_timer()
