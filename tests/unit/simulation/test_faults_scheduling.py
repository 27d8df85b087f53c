"""The scheduler, the decisions and the reference by themselves."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from simulation.faults import reference
from simulation.faults.clock import START, VirtualClock
from simulation.faults.course import Course, Outcome
from simulation.faults.decisions import Decisions
from simulation.faults.oracle import Facts, Oracle, Violation
from simulation.faults.reference import EndedTrip, Terms
from simulation.faults.scheduler import Scheduler, Wait
from simulation.faults.shrinking import as_test, shortest

TERMS = Terms(Decimal("1.25"), Decimal("0.80"), 500, 50)


def scheduler(seed: int = 1, **given: object) -> Scheduler:
    return Scheduler(VirtualClock(), Decisions(seed, **given))  # type: ignore[arg-type]


def writing(told: list[str], whose: Scheduler, name: str) -> Callable[[], None]:
    def act() -> None:
        for number in range(3):
            told.append(f"{name}{number}")
            whose.hand_over(str(number))

    return act


def order_of(seed: int, schedule: dict[int, int] | None = None) -> tuple[list[str], dict[int, int]]:
    told: list[str] = []
    runs = scheduler(seed, given=schedule)
    for name in "ab":
        runs.spawn(name, writing(told, runs, name))
    runs.run(lambda: False)
    return told, runs.decisions.taken


def test_a_calm_schedule_lets_each_actor_finish() -> None:
    assert order_of(1, {})[0] == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_seeds_interleave_differently_and_their_schedules_repeat_them() -> None:
    orders = {seed: order_of(seed) for seed in range(20)}

    assert len({tuple(told) for told, _ in orders.values()}) > 3
    for seed, (told, taken) in orders.items():
        assert order_of(seed, taken) == (told, taken)


def test_time_moves_to_the_next_timer_when_nobody_can_act() -> None:
    runs, at = scheduler(), []

    def act() -> None:
        runs.pass_time(90)
        at.append(runs.clock.at)

    runs.spawn("sleeper", act)

    runs.run(lambda: False)

    assert 90 <= (at[0] - START).total_seconds() < 91


def test_an_actor_waits_for_another_or_for_its_time() -> None:
    runs, wait, heard = scheduler(given={}), Wait(), []
    runs.spawn("patient", lambda: heard.append(runs.wait(wait, 60)))
    runs.spawn("impatient", lambda: heard.append(runs.wait(Wait(), 10)))
    runs.after(30, lambda: runs.tell(wait, "now"))

    runs.run(lambda: False)

    assert heard == [False, True]


def test_a_killed_actor_runs_nothing_more() -> None:
    runs, told = scheduler(given={}), []

    def act() -> None:
        try:
            runs.pass_time(10)
            told.append("woke")
        except Exception:
            told.append("caught")

    actor = runs.spawn("victim", act)
    runs.after(1, lambda: runs.kill(actor))
    runs.run(lambda: False)

    assert told == []


@pytest.mark.parametrize(
    ("trip", "owed"),
    [
        (EndedTrip("in_progress", 1000, False, True, TERMS), 0),
        (EndedTrip("completed", 1000, False, True, TERMS), 1000),
        (EndedTrip("cancelled", 1000, True, True, TERMS), 500),
        (EndedTrip("cancelled", 300, True, True, TERMS), 300),
        (EndedTrip("cancelled", 1000, False, True, TERMS), 0),
        (EndedTrip("no_driver_found", 1000, False, False, TERMS), 0),
    ],
)
def test_the_reference_says_what_is_owed(trip: EndedTrip, owed: int) -> None:
    assert reference.owed(trip) == owed


def test_the_reference_divides_what_is_charged() -> None:
    books = reference.books(EndedTrip("paid", 1013, False, True, TERMS), 1013)

    assert (books.taken, books.driver_payable, books.platform_revenue, books.rider_dues) == (1013, -810, -203, 0)
    assert reference.held(EndedTrip("matching", 1013, False, False, TERMS)) == 1267


def test_the_reference_lets_small_amounts_wait_for_the_next_ride() -> None:
    small = EndedTrip("paid", 25, False, True, TERMS)

    assert reference.is_small(small)
    assert not reference.is_small(replace(small, quoted_minor=50))
    assert [reference.paid(small, along) for along in (0, 24, 25)] == [0, 0, 50]
    assert reference.held(replace(small, state="matching")) == 50


PAID = {
    "id": "t", "rider_id": "r", "driver_id": "d", "state": "paid", "market": "san_francisco", "settled_at": "now",
    "quoted_amount_minor": 1000, "cancel_verdict": None, "cancellation_fee_minor": 0,
    "was_not_confirmed": None, "ended_at": "now",
}  # fmt: skip
ORDER = {
    "id": "o", "trip_id": "t", "kind": "fare", "state": "settled", "amount_minor": 1000, "held_minor": 1250,
    "captured_minor": 1000, "given_up": False, "carried_to": None, "updated_at": "now",
}  # fmt: skip
RECEIPT = {"order_id": "o", "trip_id": "t", "amount_minor": 1000, "charged_minor": 1000}
INTENT = {"status": "succeeded", "amount": 1250, "amount_received": 1000}
BOOKS = {"taken": 1000, "driver_payable": -800, "platform_revenue": -200}
REJECTED = "nobody confirms what was rejected"


def broken(**differs: object) -> set[str]:
    """The rules that the paid trip breaks with these differences."""
    from collections import Counter

    facts = Facts(
        trips={"t": PAID | dict(differs.get("trip", {}))},  # type: ignore[call-overload]
        orders=[ORDER | dict(differs.get("order", {}))],  # type: ignore[call-overload]
        books={"t": Counter(BOOKS | dict(differs.get("books", {})))},  # type: ignore[call-overload]
        clearing={},
        open_holds={},
        receipts=[RECEIPT] * int(str(differs.get("receipts", 1))),
        intents={"t": [INTENT | dict(differs.get("intent", {}))]},  # type: ignore[call-overload]
        kept_secrets={"t"} if "secret" in differs else set(),
    )
    oracle = Oracle({"t": 0}, order_states={"o": "captured"})
    return {violation.rule for violation in oracle.look(facts)}


def test_the_oracle_finds_nothing_wrong_with_a_paid_trip() -> None:
    assert broken() == set()


@pytest.mark.parametrize(
    ("differs", "rule"),
    [
        ({"intent": {"amount_received": 1001}}, "nobody is charged more than they owe"),
        ({"intent": {"amount_received": 0}}, "a paid trip was paid"),
        ({"order": {"captured_minor": 999}}, "a booked capture is the provider's"),
        ({"receipts": 0}, "a captured order has one receipt"),
        ({"receipts": 2}, "a captured order has one receipt"),
        ({"books": {"driver_payable": -799}}, "the books of a trip balance"),
        ({"books": {"driver_payable": -750, "platform_revenue": -250}}, "the books are the reference's"),
        ({"trip": {"state": "in_progress"}}, "nobody is driven without a hold"),
        ({"order": {"held_minor": 900}}, "no more than the hold is captured"),
        ({"order": {"state": "pending"}}, "an order moves on"),
        ({"order": {"state": "processing", "given_up": True}}, "what was given up is not captured again"),
        ({"order": {"carried_to": "o"}}, "a small amount is taken along by its own rider"),
        ({"trip": {"was_not_confirmed": True}, "intent": {"status": "requires_action"}}, REJECTED),
        ({"secret": True}, "a payer's secret is forgotten with the wait for them"),
    ],
)
def test_the_oracle_finds_what_is_wrong(differs: dict[str, object], rule: str) -> None:
    assert rule in broken(**differs)


def test_a_schedule_is_shrunk_to_the_choices_that_matter() -> None:
    def run(course: Course) -> Outcome:
        schedule = dict(course.schedule or {})
        fails = {7, 40} <= schedule.keys()
        found = [Violation("nobody pays twice", 3, "two captures")] if fails else []
        return Outcome(course, violations=found, schedule=schedule)

    failed = run(Course(10, 1, schedule=dict.fromkeys(range(60), 1)))

    least = shortest(run, failed)

    assert set(least.schedule) == {7, 40}
    written = as_test(replace(least, course=replace(least.course, schedule=None)))
    assert "schedule={7: 1, 40: 1}" in written
    compile(written, "written", "exec")
