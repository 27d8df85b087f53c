"""What a start of the stack consists of, told while it happens to whoever shows it."""

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
    """`detail` says what is being done just now, or what the step ended with."""

    name: str
    state: State
    detail: str = ""
    seconds: float = 0.0


type Report = Callable[[Step], None]


@contextmanager
def step(name: str, report: Report) -> Iterator[Callable[[str], None]]:
    """Reports the beginning, the end and the duration of what is inside; the function it gives reports a detail."""
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
