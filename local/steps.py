"""Steps of a start of the stack, reported while they happen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    STARTED = "started"
    PROGRESSED = "progressed"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Step:
    """`detail` describes the current work, or the step's result."""

    name: str
    state: State
    detail: str = ""
    seconds: float = 0.0


type Report = Callable[[Step], None]


@contextmanager
def step(name: str, report: Report) -> Iterator[Callable[[str], None]]:
    """Reports the beginning, the end and the duration of the block; the function that it yields reports a detail."""
    started = time.monotonic()
    report(Step(name, State.STARTED))

    def detail(text: str) -> None:
        report(Step(name, State.PROGRESSED, text, time.monotonic() - started))

    try:
        yield detail
    except BaseException as error:
        report(Step(name, State.FAILED, str(error).partition("\n")[0], time.monotonic() - started))
        raise
    report(Step(name, State.DONE, "", time.monotonic() - started))
