"""What repairs after the kills: time passes, the product's sweeps run, dead letters are sent back once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from infra.constructs.naming import LIVE, resource_name
from local.cloud import Cloud, local_cloud
from local.dead_letters import DEAD, DeadLetterQueue, DeadLetters, Schedule
from local.record import StackRecord
from local.redriving import move_all, run_again
from tests.e2e.kills.time_passing import Clock
from tests.eventually import eventually

SWEEPS = (
    "kernel.sweep_outbox", "dispatch.sweep_requests", "trips.sweep_stalled_trips", "trips.sweep_silent_trips",
    "payments.sweep_stripe_events", "payments.sweep_orders", "payments.sweep_holds",
)  # fmt: skip
_RUN = "scheduled run"
"""The message with which a scheduled function logs its result."""
_MACHINES = ("match_trip", "settle_trip")
_QUIET_WITHIN_S = 240.0
"""A message whose function was killed is hidden for three timeouts of its function: 150 s for those that ask Stripe."""
_QUIET_FOR_S = 1.5
_LOOKS_EVERY_S = 0.5


class NotQuietError(Exception):
    """Something goes on and on; the message says what."""


class Repairs:
    """The deployed sweeps and queues of the running stack, called as an operator or a schedule calls them."""

    def __init__(self, record: StackRecord, logs: Path, clock: Clock) -> None:
        """`logs` is the folder of the functions' logs."""
        self._cloud: Cloud = local_cloud(record)
        self._url, self._logs, self._clock = record.database_url, logs, clock
        self._left_by_others = {queue.name: queue.waiting for queue in DeadLetters(self._cloud).all()}
        self.redriven: Counter[str] = Counter()
        """Dead letters that were sent back, by queue."""

    async def round(self, trip_ids: Sequence[str], seconds: float) -> None:
        """Let so much time pass, sweep, and wait until nothing moves. Raises `NotQuietError`."""
        await self._clock.pass_for_all(trip_ids, seconds)
        for name in SWEEPS:
            await asyncio.to_thread(self.run, name)
        await self.quiet()

    def done(self) -> Counter[str]:
        """What all runs of the sweeps say that they did since the stack is up, those by their schedules too."""
        found: Counter[str] = Counter()
        for name in SWEEPS:
            for result in self._results(name):
                parts = result.items() if isinstance(result, dict) else [("repaired", result)]
                found.update({f"{name}: {what}": number for what, number in parts})
        return +found

    def run(self, name: str) -> Any:
        """Run a function as its schedule does; returns the result that it logs. Fails if it fails."""
        function = f"{resource_name(self._cloud.stage, *name.split('.'))}:{LIVE}"
        answer = self._cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        assert "FunctionError" not in answer, f"{name}: {answer['Payload'].read()}"
        return eventually(lambda: self._results(name)[-1:])[0]

    def _results(self, name: str) -> list[Any]:
        log = self._logs / f"{resource_name(self._cloud.stage, *name.split('.'))}.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        runs = [json.loads(line) for line in lines if _RUN in line and line.endswith("}")]
        return [run["result"] for run in runs if run.get("message") == _RUN]

    async def quiet(self) -> None:
        """Wait until no saga runs, no message waits and no event is unpublished, for a moment."""
        until, since = time.monotonic() + _QUIET_WITHIN_S, None
        while since is None or time.monotonic() - since < _QUIET_FOR_S:
            moving = await asyncio.to_thread(self.moving)
            since = None if moving else since or time.monotonic()
            if time.monotonic() > until:
                raise NotQuietError(f"after {_QUIET_WITHIN_S:.0f} s there are still {dict(moving)}")
            await asyncio.sleep(_LOOKS_EVERY_S)

    def moving(self) -> Counter[str]:
        """What goes on: sagas that run, messages of queues, rows of the outbox."""
        found: Counter[str] = Counter()
        states, sqs = self._cloud.client("stepfunctions"), self._cloud.client("sqs")
        for machine in states.list_state_machines()["stateMachines"]:
            if machine["name"] in {resource_name(self._cloud.stage, each) for each in _MACHINES}:
                arn = machine["stateMachineArn"]
                running = states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
                found[f"sagas {machine['name']}"] += len(running)
        for url in sqs.list_queues(QueueNamePrefix=self._cloud.prefix).get("QueueUrls", []):
            if not url.endswith(DEAD):
                told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_WAITING))["Attributes"]
                found[f"queue {url.rpartition('/')[2]}"] += sum(int(told[each]) for each in _WAITING)
        with psycopg.connect(self._url) as connection:
            row = connection.execute("select count(*) from outbox where set_aside_at is null").fetchone()
            found["outbox"] += row[0] if row else 0
        return +found

    async def redrive(self, progress: Callable[[str], None]) -> list[str]:
        """Send the run's dead letters back, and wait; returns the queues that have some again."""
        for queue in await asyncio.to_thread(self._dead):
            progress(f"{queue.waiting} dead letters of {queue.name} are sent back")
            self.redriven[queue.name] += queue.waiting
            await asyncio.to_thread(self._send_back, queue)
        if self.redriven:
            await self.quiet()
        return [f"{queue.name}: {queue.waiting}" for queue in await asyncio.to_thread(self._dead)]

    def _dead(self) -> list[DeadLetterQueue]:
        """The queues with letters that were not there when the run began."""
        return [queue for queue in DeadLetters(self._cloud).all() if queue.waiting > self._left_by_others[queue.name]]

    def _send_back(self, queue: DeadLetterQueue) -> None:
        if isinstance(queue.source, Schedule):
            run_again(self._cloud, queue, told=lambda _: None)
        else:
            move_all(self._cloud, queue, rate=50, told=lambda _: None)


_WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
