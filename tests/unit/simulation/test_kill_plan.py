"""The plan of the rides under kills (`tests/e2e/test_killed_processes.py`), and how a process is seen to work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from local.paths import ROOT
from tests.e2e.kills.plan import CARDS, REFUSED_CAPTURES, STORES, WAYS, drawn
from tests.e2e.kills.processes import Turns
from tests.eventually import eventually

_ECHO = "import sys\nfor line in sys.stdin: print(sum(range(100_000)), flush=True)"


def test_a_seed_draws_one_plan_of_fifty_rides_and_another_seed_another() -> None:
    plan = drawn(1)
    assert plan == drawn(1)
    assert (plan.rides, plan.functions) != (drawn(2).rides, drawn(2).functions)
    assert len(plan.rides) == 50
    assert Counter(ride.way for ride in plan.rides) == WAYS
    assert Counter(ride.ends for ride in plan.rides) == {
        "paid": 30, "cancelled": 17, "payment_failed": 2, "no_driver_found": 1
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_plan_has_all_cards_refused_captures_and_stores(seed: int) -> None:
    plan = drawn(seed)
    assert CARDS.items() <= Counter(ride.card for ride in plan.rides).items()
    assert sum(ride.captures_refused for ride in plan.rides) == REFUSED_CAPTURES
    assert {ride.card for ride in plan.rides if ride.captures_refused} == {"pm_card_visa"}
    assert Counter(kill.store for kill in plan.stores) == STORES


def test_what_is_killed_are_functions_of_the_product() -> None:
    names = {kill.function for kill in drawn(1).functions}
    assert len(names) > 30
    assert [name for name in names if not (ROOT / "functions" / f"{name.replace('.', '/')}.py").exists()] == []


@pytest.fixture
def waiting() -> Iterator[subprocess.Popen[str]]:
    """A process that works for each line that it is given, and waits for the next one."""
    command = [sys.executable, "-u", "-c", _ECHO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        _work(process)
        yield process
        process.kill()


def _work(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    process.stdout.readline()


def _is_idle(turns: Turns) -> bool:
    """Whether it did no work for longer than a turn may rest."""
    until = time.monotonic() + 0.05
    while time.monotonic() < until:
        if turns.begins(time.monotonic_ns()):
            return False
    return True


def test_a_process_begins_a_turn_when_it_gets_something_to_do_and_has_none_while_it_waits(
    waiting: subprocess.Popen[str],
) -> None:
    turns = Turns(waiting.pid)
    eventually(lambda: _is_idle(turns))

    _work(waiting)

    assert turns.begins(time.monotonic_ns())
    eventually(lambda: _is_idle(turns))
    turns.close()


def test_a_process_that_has_ended_has_no_turns(waiting: subprocess.Popen[str]) -> None:
    turns = Turns(waiting.pid)
    waiting.kill()
    waiting.wait()
    with pytest.raises(ProcessLookupError):
        turns.begins(time.monotonic_ns())
    turns.close()
