"""Fifty rides on the local cloud while its processes are killed: the fault harness's rules hold in reality, too.

What is killed, and what is not, is told in `tests/e2e/kills/killing.py`; how time passes, in `time_passing.py`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local.emulators import local_client
from local.stack import Stack
from tests.e2e.kills.judging import Judge, states_of, told
from tests.e2e.kills.plan import REFUSED_CAPTURES, STORES, drawn
from tests.e2e.kills.repairing import Repairs
from tests.e2e.kills.run import KillRun
from tests.e2e.kills.time_passing import Clock
from tests.e2e.patience import patience

SEED = int(os.environ.get("KILLS_SEED", "1"))
"""Another one plays other rides and kills at other turns."""

PATIENCE_S = 100

ROUNDS = (400.0, *[1200.0] * 6)
"""The seconds that pass before each look of the sweeps: two hours together, of which the slowest rule needs one."""

PHONES_SHOW_IT_WITHIN_S = 30.0
"""A phone asks every five seconds."""

LEAST_KILLS = 60
MOST_OTHERWISE = 5
"""Of fifty rides. Some are cancelled too late; and a rider may wait in vain while a message is hidden after a kill."""

_LOST = ('"platform.runtimeDone"', '"status": "failure"')
"""Lambda's record of an invocation whose process ended."""


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows progress, with the seconds since the test began."""
    began = time.monotonic()

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{time.monotonic() - began:6.0f} s  {text}", end="", flush=True)

    return line


@pytest.mark.long
async def test_fifty_rides_end_as_the_reference_says_although_processes_are_killed(
    stack: Stack, tell: Callable[[str], None]
) -> None:
    assert stack.record is not None
    record, clock = stack.record, Clock(stack.record.database_url)
    async with AsyncExitStack() as exits:
        exits.enter_context(patience(local_client("lambda", record.endpoint_url), PATIENCE_S))
        run = KillRun(stack, record, drawn(SEED), clock, tell, exits=exits)
        exits.push_async_callback(run.close, 0.0)
        repairs = Repairs(record, stack.folder.function_logs, clock)
        kills = await _killed(run, stack.folder.function_logs, tell)
        judge = Judge(record.database_url, run.stripe, run.numbers)
        dead = await _repaired(run, repairs, judge, tell)
        await run.close(PHONES_SHOW_IT_WITHIN_S)
        facts = await judge.facts()
        found = [*judge.in_the_end(facts), *await judge.by_api(facts, run.party)]
        books, states = repairs.run("ledger.check_books"), states_of(facts)
        tell(f"{dict(states)}; otherwise than planned: {run.otherwise()}; {books}; {len(found)} rules are broken\n")

    assert run.city.troubles == []
    assert not found, told(found, facts, run.numbers)
    assert dead == []
    assert (books["differences"], books["entries"] > 0) == (0, True)
    assert run.stuck() == []
    assert {store: kills[store] for store in STORES} == STORES
    assert kills.total() >= LEAST_KILLS
    assert len(run.otherwise()) <= MOST_OTHERWISE
    assert states["payment_failed"] <= REFUSED_CAPTURES


async def _killed(run: KillRun, logs: Path, tell: Callable[[str], None]) -> Counter[str]:
    """Play the rides under kills; the kills by what was killed."""
    await run.open()
    tell(f"seed {SEED}: everybody has signed up; {len(run.rides)} rides begin")
    lost = invocations_lost(logs)
    await run.play()
    kills, lost = Counter(kill.what for kill in run.killer.done), invocations_lost(logs) - lost
    tell(f"{kills.total()} kills, which {lost} invocations did not survive: {dict(sorted(kills.items()))}")
    return kills


async def _repaired(run: KillRun, repairs: Repairs, judge: Judge, tell: Callable[[str], None]) -> list[str]:
    """Let retries end, then time pass and sweeps look; the queues with letters that stay dead."""
    await repairs.quiet()
    left = Counter(each.rule for each in judge.in_the_end(await judge.facts()))
    tell(f"what no retry has repaired: {dict(left)}")
    for seconds in ROUNDS:
        await repairs.round(list(run.numbers), seconds)
    tell(f"{sum(ROUNDS) / 3600:.1f} hours have passed; the sweeps of the stack so far: {dict(repairs.done())}")
    dead = await repairs.redrive(tell)
    tell(f"dead letters that were sent back: {dict(repairs.redriven)}; dead again: {dead}")
    return dead


def invocations_lost(logs: Path) -> int:
    """How many invocations have ended with their process so far, by the functions' logs."""
    lines = (line for log in logs.glob("*.log") for line in log.read_text(errors="replace").splitlines())
    return sum(all(part in line for part in _LOST) for line in lines)
