"""What a sweep finds to do was ahead of it: otherwise it might have slept on it (`kernel/sweep_sleep.py`).

Every sweep that a test of this folder runs is checked. Before it runs, it is asked what lies ahead of it, as its look
would ask; if it then finds something to do, that must have been due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import pytest

from rideflow.dispatch.requests import Requests
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.outbox_sweep import OutboxSweep, Swept, next_due
from rideflow.payments.overdue_orders import OverdueOrders, next_overdue
from rideflow.payments.unhandled_stripe_events import UnhandledStripeEvents, next_unhandled
from rideflow.trips.scheduled.sweeping import DueRides
from rideflow.trips.scheduled.sweeping import next_due as next_due_ride
from rideflow.trips.silent_trips import SilentTrips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.sweeping import StalledTrips


@dataclass(frozen=True)
class Checked:
    """A method that sweeps; whether something is due for it, and whether its result says that it did something."""

    sweeper: type
    method: str
    due: Callable[..., bool]
    did: Callable[[Any], bool]


def _reached(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _something(result: Any) -> bool:
    return any(result.values())


def _outbox(sweep: OutboxSweep, due_before: datetime, *_: Any) -> bool:
    return _reached(next_due(sweep._database), due_before)


def _orders(sweep: OverdueOrders) -> bool:
    return _reached(next_overdue(sweep.orders, sweep.clock()), sweep.clock())


def _stripe_events(sweep: UnhandledStripeEvents) -> bool:
    return _reached(next_unhandled(sweep.events), sweep.clock())


def _rides(sweep: DueRides) -> bool:
    return _reached(next_due_ride(sweep._store, sweep._markets), sweep._clock())


EVERY_SWEEP = (
    Checked(OutboxSweep, "run", _outbox, lambda swept: isinstance(swept, Swept) and not swept.is_done),
    Checked(OverdueOrders, "sweep", _orders, _something),
    Checked(UnhandledStripeEvents, "sweep", _stripe_events, lambda result: result["handled"] + result["failed"] > 0),
    Checked(StalledTrips, "sweep", lambda sweep: sweep._store.living(), _something),
    Checked(SilentTrips, "sweep", lambda sweep: PostgresTrips(sweep.store._database).living(), _something),
    Checked(DueRides, "sweep", _rides, bool),
    Checked(Requests, "sweep", lambda sweep: sweep.offers.living(), bool),
)


def check_every_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in EVERY_SWEEP:
        monkeypatch.setattr(each.sweeper, each.method, _checking(each))


def _checking(each: Checked) -> Callable[..., Any]:
    sweep = getattr(each.sweeper, each.method)

    @wraps(sweep)
    def checking(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            was_due = each.due(self, *arguments)
        except UnavailableError:  # then it would not sleep
            was_due = True
        result = sweep(self, *arguments, **named)
        assert was_due or not each.did(result), f"{each.sweeper.__name__} might have slept, and did {result}"
        return result

    return checking
