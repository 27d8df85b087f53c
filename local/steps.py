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


class Detail:
    """Reports the current work of a step when it is called; `result` is reported when the step is done."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.result = ""

    def __call__(self, text: str) -> None:
        self._tell(text)


@contextmanager
def step(name: str, report: Report) -> Iterator[Detail]:
    """Reports the beginning, the end and the duration of the block; what it yields reports details.

    An error of the block is reported without its text: whoever catches it says why, once.
    """
    started = time.monotonic()
    report(Step(name, State.STARTED))

    detail = Detail(lambda text: report(Step(name, State.PROGRESSED, text, time.monotonic() - started)))
    try:
        yield detail
    except BaseException:
        report(Step(name, State.FAILED, seconds=time.monotonic() - started))
        raise
    report(Step(name, State.DONE, detail.result, time.monotonic() - started))
