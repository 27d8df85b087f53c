"""Publishes the events of the outbox that have not come back from the bus, for instance after a crash.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from datetime import timedelta

from rideflow.kernel.clock import utc_now
from rideflow.kernel.consumer import scheduled
from rideflow.kernel.deadline import Deadline
from rideflow.kernel.observability import measure
from rideflow.kernel.wiring import events_due_at, outbox_sweep

LEFT_AFTER = timedelta(seconds=30)
"""An invocation publishes its own events at once, and they come back within seconds. Older rows were left behind."""

RUNS_FOR_S = 40
"""The function has 50 s, and a batch that the bus refuses entry by entry takes eleven calls."""


def sweep_outbox() -> dict[str, int]:
    due_before, published, deadline = utc_now() - LEFT_AFTER, 0, Deadline(RUNS_FOR_S)
    while not deadline.is_over:
        swept = outbox_sweep().run(due_before)
        published += swept.published
        if swept.is_done:
            break
    set_aside = outbox_sweep().set_aside()
    measure("OutboxSetAside", set_aside)
    return {"published": published, "set_aside": set_aside}


app = scheduled(sweep_outbox, ahead=events_due_at)
