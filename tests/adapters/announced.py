"""What a sweep finds to do was ahead of it: otherwise it might have slept on it (`kernel/sweep_sleep.py`).

Every sweep that a test of this folder runs is checked; those of `CHECKED_ELSEWHERE` have tests of their own. Before it
runs, it is asked what lies ahead of it, as its look would ask; if it then finds something to do, that must have been
due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import pytest

from rideflow.dispatch.requests import Requests
from rideflow.kernel import outbox_sweep
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.outbox_sweep import OutboxSweep, Swept
from rideflow.ledger.checking import CLEARED_WITHIN, Checking
from rideflow.payments.orders.overdue import OverdueOrders, first_overdue_at
from rideflow.payments.providers.stripe import unhandled
from rideflow.payments.providers.stripe.unhandled import UnhandledStripeEvents
from rideflow.supply.heartbeats import Heartbeats, SweepPlan, someone_is_there
from rideflow.supply.reconciliation import Reconciliation
from rideflow.trips.scheduled import sweeping
from rideflow.trips.scheduled.sweeping import DueRides
from rideflow.trips.silent_trips import SilentTrips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.sweeping import StalledTrips


@dataclass(frozen=True)
class Checked:
    """A method that sweeps; whether something is due for it, and whether its result says that it did something."""

    function: str
    """The scheduled function that sweeps with it, or asks for its sweeps."""
    sweeper: type
    method: str
    due: Callable[..., bool]
    did: Callable[[Any], bool]


def _reached(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _something(result: Any) -> bool:
    return any(result.values())


def _outbox(sweep: OutboxSweep, due_before: datetime, *_: Any) -> bool:
    return _reached(outbox_sweep.first_due_at(sweep._database), due_before)


def _orders(sweep: OverdueOrders) -> bool:
    return _reached(first_overdue_at(sweep.orders, sweep.clock()), sweep.clock())


def _stripe_events(sweep: UnhandledStripeEvents) -> bool:
    return _reached(unhandled.first_due_at(sweep.events), sweep.clock())


def _snapshots(ledger: Checking) -> bool:
    return _reached(ledger.checks.snapshot_due_at(), ledger.clock())


def _books(ledger: Checking) -> bool:
    return _reached(ledger.checks.check_due_at(CLEARED_WITHIN, ledger.clock()), ledger.clock())


def _rides(sweep: DueRides) -> bool:
    return _reached(sweeping.first_due_at(sweep._store, sweep._markets), sweep._clock())


def _plan(plan: SweepPlan) -> bool:
    records: Any = plan.records
    return someone_is_there(records, plan.silence, plan.markets)


def _silent_drivers(sweep: Heartbeats, zone: str, *_: Any, **__: Any) -> bool:
    """The plan asks for their sweep. It asks PostgreSQL too, but silent drivers are found in Redis."""
    return sweep.silence.has_drivers(zone)


def _lost_changes(sweep: Reconciliation, *_: Any) -> bool:
    records: Any = sweep.records
    return bool(records.living())


EVERY_SWEEP = (
    Checked(
        "kernel/sweep_outbox", OutboxSweep, "run", _outbox, lambda swept: isinstance(swept, Swept) and not swept.is_done
    ),
    Checked("ledger/snapshot_balances", Checking, "snapshot", _snapshots, _something),
    Checked("ledger/check_books", Checking, "check", _books, _something),
    Checked("payments/sweep_orders", OverdueOrders, "sweep", _orders, _something),
    Checked(
        "payments/sweep_stripe_events",
        UnhandledStripeEvents,
        "sweep",
        _stripe_events,
        lambda result: result["handled"] + result["failed"] > 0,
    ),
    Checked("trips/sweep_stalled_trips", StalledTrips, "sweep", lambda sweep: sweep._store.living(), _something),
    Checked(
        "trips/sweep_silent_trips",
        SilentTrips,
        "sweep",
        lambda sweep: PostgresTrips(sweep.store._database).living(),
        _something,
    ),
    Checked("trips/sweep_scheduled_rides", DueRides, "sweep", _rides, bool),
    Checked("dispatch/sweep_requests", Requests, "sweep", lambda sweep: sweep.offers.living(), bool),
    Checked("supply/plan_heartbeat_sweeps", SweepPlan, "plan_minute", _plan, bool),
    Checked("supply/plan_heartbeat_sweeps", Heartbeats, "_silent", _silent_drivers, bool),
    Checked("supply/plan_heartbeat_sweeps", Reconciliation, "_lost", _lost_changes, bool),
)
CHECKED_ELSEWHERE = {"kernel/forget_idempotency_keys": "tests/functions/kernel/test_what_keeps_sweeps_awake.py"}
"""It sweeps by functions of modules: scheduled function → the test that runs it when something is due."""


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
