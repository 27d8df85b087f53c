"""Schedules of EventBridge rules, fired when they are due.

LocalStack looks once a minute and fires rules that are due within the next: up to a minute early, and sometimes twice.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from localstack.services.events import rule
from localstack.services.events.scheduler import Job, JobScheduler

from .expressions import parse
from .timetable import Entry, Timetable

LOG = logging.getLogger(__name__)
INTERVAL_S = 0.5


def _loop(jobs: JobScheduler, *_args: Any) -> None:
    timetable = Timetable()
    first_seen: dict[str, datetime] = {}
    while not jobs._stop_event.is_set():
        time.sleep(INTERVAL_S)
        try:
            now = datetime.now(UTC)
            enabled = {job.job_id: job for job in list(jobs.jobs) if job.is_enabled}
            entries = [_entry(job, first_seen.setdefault(job.job_id, now)) for job in enabled.values()]
            for due in timetable.due(entries, now):
                enabled[due.entry.arn].do_run()
        except Exception:  # an error of one round need not recur in the next
            LOG.exception("rules' schedules")


def _entry(job: Job, since: datetime) -> Entry:
    return Entry(arn=job.job_id, expression=job.schedule, zone="UTC", target={}, changed=since)


def _check(expression: str) -> str:
    """Returns the expression unchanged; raises `ValueError` for one that AWS would refuse."""
    parse(expression, start=datetime.now(UTC))
    return expression


def install() -> None:
    """Replace LocalStack's loop and its translation of expressions."""
    rule.convert_schedule_to_cron = _check
    JobScheduler.loop = _loop
