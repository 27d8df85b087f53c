"""Fires EventBridge Scheduler's schedules; moto keeps them."""

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from moto.scheduler.models import Schedule as MotoSchedule
from moto.scheduler.models import scheduler_backends

from . import targets
from .delivery import Occurrence, RetryPolicy, delay_s
from .timetable import Due, Entry, Timetable

LOG = logging.getLogger(__name__)
INTERVAL_S = 0.5
WORKERS = 16


class Runner:
    """Looks for due schedules twice a second, and delivers occurrences from a pool of threads."""

    def __init__(self) -> None:
        self._timetable = Timetable()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="schedule-target")

    def start(self) -> None:
        """Run until LocalStack ends."""
        threading.Thread(target=self._run, name="scheduler", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(INTERVAL_S)
            try:
                for due in self._timetable.due(_entries(), datetime.now(UTC)):
                    occurrence = Occurrence(due.entry.arn, due.entry.target, due.at)
                    self._workers.submit(self._deliver, occurrence)
                    if due.last:
                        self._complete(due)
            except Exception:  # an error of one round need not recur in the next
                LOG.exception("schedules")

    def _deliver(self, occurrence: Occurrence) -> None:
        policy = RetryPolicy.of(occurrence.target)
        schedule = _schedule(occurrence)
        try:
            payload = occurrence.payload()
            targets.send(schedule, occurrence.target, payload)
        except Exception as error:  # an error of the target, or a missing target
            condition = policy.exhausted(occurrence.retries, datetime.now(UTC) - occurrence.due)
            if condition:
                self._give_up(occurrence, error, condition)
                return
            timer = threading.Timer(delay_s(occurrence.retries), self._workers.submit, (self._deliver, occurrence))
            occurrence.retries += 1
            timer.daemon = True
            timer.start()

    @staticmethod
    def _give_up(occurrence: Occurrence, error: Exception, condition: str) -> None:
        LOG.warning("%s: not delivered to %s: %s", occurrence.schedule_arn, occurrence.target["Arn"], error)
        queue = (occurrence.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            body, attributes = occurrence.payload(), occurrence.dead_letter(error, condition)
            targets.dead_letter(_schedule(occurrence), queue, body, attributes)

    def _complete(self, due: Due) -> None:
        for group, schedule in _schedules():
            if schedule.arn == due.entry.arn and schedule.action_after_completion == "DELETE":
                group.delete_schedule(schedule.name)
                self._timetable.forget(schedule.arn)


def _schedule(occurrence: Occurrence) -> targets.Schedule:
    return targets.Schedule(occurrence.schedule_arn, occurrence.target["RoleArn"])


def _schedules() -> Iterator[tuple[Any, MotoSchedule]]:
    for regions in list(scheduler_backends.values()):
        for backend in list(regions.values()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    yield group, schedule


def _entries() -> list[Entry]:
    return [
        Entry(
            arn=schedule.arn,
            expression=schedule.schedule_expression,
            zone=schedule.schedule_expression_timezone,
            target=schedule.target,
            changed=datetime.fromtimestamp(schedule.last_modified_date, UTC),
            start=_moment(schedule.start_date),
            end=_moment(schedule.end_date),
        )
        for _, schedule in _schedules()
        if (schedule.state or "ENABLED") == "ENABLED"
    ]


def _moment(value: Any) -> datetime | None:
    """A date as moto stores it: a time stamp or text."""
    if not value:
        return None
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except ValueError:
        moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def install() -> None:
    """Start firing."""
    Runner().start()
