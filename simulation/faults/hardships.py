"""Runs in which one thing goes wrong again and again, for hours or days, or until it is too late to mend it.

A step of a workflow fails each time; a store crashes every few steps; releases change; no webhook comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from simulation.faults.course import Course
from simulation.faults.fares import SMALL, USUAL
from simulation.faults.injection import CAPTURE, Site
from simulation.faults.payers import WANTS_HOLDER
from simulation.faults.people import WAYS, Way
from simulation.faults.weather import DEPLOY, REDIS_LOST, RESTARTED, SESSIONS_ENDED

RIDES = 10
_AT_THE_PROVIDER = ("place_hold", "capture_payment", "release_hold")
_WAIT: Way = "cancelled_while_held"
_PAYS, _DECLINES = "pm_card_visa", "pm_card_chargeCustomerFail"
_WAITS: tuple[Way, str, str] = (_WAIT, _PAYS, USUAL)
_ASKED: tuple[Way, str, str] = ("completed", WANTS_HOLDER, USUAL)
_OFTEN: tuple[tuple[Way, str, str], ...] = (
    ("completed", _PAYS, USUAL), ("cancelled_late", _PAYS, USUAL), *[_WAITS] * 4,
    ("nobody_found", _PAYS, USUAL), ("no_show", _DECLINES, USUAL), *[_ASKED] * 4,
    ("completed", _PAYS, SMALL), ("completed", _PAYS, USUAL),
)  # fmt: skip
"""Way, card and product of the rides that go on while a step fails; the last two are of one rider."""
_WITHOUT_PAYERS = 8
"""The first of these, for steps that no payer and no small fare comes to in another way than others."""
_TOGETHER: tuple[dict[str, str], ...] = (
    {"place_hold": "killed_before", "reject_hold": "killed_before"},
    {"record_hold": "killed_before", "release_hold": "killed_before"},
    {"record_hold": "killed_before", "record_release": "killed_before"},
    {"capture_payment": "killed_before", "record_payment_failure": "killed_before"},
)
"""Steps that fail together: what follows from a failure fails too."""
_ASKS_PAYERS = {"prepare_hold", "place_hold", "record_hold", "ask_payer", "conclude_hold", "reject_hold"}
_BEFALLS = {RESTARTED: 67, SESSIONS_ENDED: 23, REDIS_LOST: 7, DEPLOY: 11}
"""What befalls everybody (`weather`), by every how many steps."""
_STARTERS = ("dispatch.on_trip_requested", "payments.on_trip_ended", "payments.on_settlement_overdue")
_GIVES_UP_LATE = ("capture_payment", "release_hold")
_UNTIL_HOLDS_ARE_OVER, _MOST_CAPTURES = timedelta(days=8), 2_000
_FOR_A_MOMENT = timedelta(minutes=15)
_FOR_LONG, _FOR_AN_HOUR = timedelta(hours=3), timedelta(hours=1)
"""Captures and releases are tried for up to two hours before their saga gives up, the other steps for half an hour."""


def broken(functions: Sequence[str], seed: int) -> Iterator[Course]:
    """Runs in which a step of a saga fails for hours: what is caught, and what is repaired afterwards."""
    for function in functions:
        for kind in ("killed_before", "killed_after") if function in _AT_THE_PROVIDER else ("killed_before",):
            yield _failing({function: kind}, seed)
    yield from (_failing(together, seed) for together in _TOGETHER)


def _failing(together: Mapping[str, str], seed: int) -> Course:
    lasts = _FOR_LONG if together.keys() & {*_GIVES_UP_LATE} else _FOR_AN_HOUR
    rides = _OFTEN if together.keys() & _ASKS_PAYERS else _OFTEN[:_WITHOUT_PAYERS]
    ways, cards, products = zip(*rides, strict=True)
    return Course(len(rides), seed, ways=ways, cards=cards, products=products, plan={}, broken=together,
                  failures_last=lasts)  # fmt: skip


def a_capture_that_nobody_heard_of(seed: int) -> Course:
    """A capture succeeds, and neither its answer nor a webhook tells so. Repeats are refused until the hold is over.

    Then it is given up, and the release tells that the money was taken.
    """
    capture = Site(0, "capture_payment", f"stripe {CAPTURE}", 1)
    plan = {capture._replace(nth=nth): "killed_after" if nth == 1 else "400" for nth in range(1, _MOST_CAPTURES)}
    return Course(1, seed, ways=["completed"], cards=[_PAYS], products=[USUAL], plan=plan, webhooks="lost",
                  failures_last=_UNTIL_HOLDS_ARE_OVER, sweeps_rest=30)  # fmt: skip


def every_way(seed: int) -> Course:
    """Each way twice, in a storm."""
    return Course(2 * len(WAYS), seed, ways=[*WAYS], cards=[_PAYS])


def holds_lost(seed: int) -> Course:
    """Banks refuse each capture, and take the hold away."""
    return Course(4, seed, ways=["completed", "cancelled_late"], cards=[_PAYS], plan={}, captures="decline_hold_lost",
                  ends_within=timedelta(minutes=20))  # fmt: skip


def days_of_refusals(seed: int) -> Course:
    """Banks refuse each capture, and keep the hold, until it is over."""
    return Course(3, seed, ways=["completed"], cards=[_PAYS], plan={}, captures="decline_hold_kept",
                  failures_last=_UNTIL_HOLDS_ARE_OVER, sweeps_rest=30)  # fmt: skip


def refusals(seed: int) -> Course:
    """Banks refuse each capture, and keep the hold. The saga itself gives it back, not a sweep an hour later."""
    return Course(4, seed, ways=["completed", "cancelled_late"], cards=[_PAYS], plan={}, captures="decline_hold_kept",
                  ends_within=timedelta(minutes=20))  # fmt: skip


def without_webhooks(seed: int) -> Course:
    """No webhook ever comes: what Stripe has done is asked for."""
    return Course(RIDES, seed, plan={}, webhooks="lost", failures_last=_FOR_AN_HOUR)


def cancelled_at_once(seed: int) -> Course:
    """Riders cancel while Stripe is slow to hold their fare, and no webhook comes.

    The saga gives the holds back by itself: all is over before the hourly sweep of holds.
    """
    return Course(RIDES, seed, ways=[_WAIT], cards=[_PAYS], products=[USUAL], plan={}, webhooks="lost",
                  broken={"place_hold": "slow"}, failures_last=_FOR_A_MOMENT, ends_within=_FOR_A_MOMENT)  # fmt: skip


def befallen(seed: int) -> Iterator[Course]:
    """Runs in which the stores crash and releases change, again and again, in the midst of everything."""
    for name, every in _BEFALLS.items():
        yield Course(RIDES, seed, plan={}, befalls={name: every})


def executions_twice(seed: int) -> Course:
    """Each execution of both workflows is started twice."""
    return Course(RIDES, seed, plan={}, broken=dict.fromkeys(_STARTERS, "started_twice"), failures_last=_FOR_AN_HOUR)


def forgotten_keys(seed: int) -> Course:
    """Captures and releases are repeated for more than a day, under keys that Stripe has forgotten by then."""
    lost = dict.fromkeys(("record_settlement", "record_release", "receive_stripe_webhook"), "killed_before")
    ways: tuple[Way, ...] = ("completed", "nobody_found")
    return Course(len(ways), seed, ways=ways, cards=[_PAYS], products=[USUAL], plan={}, broken=lost, sweeps_rest=10,
                  failures_last=timedelta(hours=26))  # fmt: skip


def a_day_without_webhooks(seed: int) -> Course:
    """No webhook comes for more than a day: captures are confirmed by asking."""
    lost = {"receive_stripe_webhook": "killed_before"}
    return Course(rides=10, seed=seed, plan={}, broken=lost, failures_last=timedelta(hours=26))
