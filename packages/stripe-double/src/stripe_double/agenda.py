"""What comes later by itself: an attempt that expires, a transaction that is booked late, a refund that fails.

A task is done by the first request after its time, by `/_double/clock`, or at once by `/_double/later`.
`time_passes.py` says what each kind does.
"""

import heapq
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, Literal

type Kind = Literal["authentication_expires", "balance_transaction", "refund_settles", "payout_arrives"]


@dataclass(frozen=True, slots=True)
class Task:
    """`due` is a time of the double's clock; None waits for the control API. `account` is the connected one."""

    kind: Kind
    subject: str
    account: str | None
    due: int | None


@dataclass(slots=True)
class Agenda:
    """The tasks, one of each kind for a subject. Every request asks for the due ones, so a heap has them by time."""

    _tasks: dict[tuple[str, Kind], Task] = field(default_factory=dict)
    _by_time: list[tuple[int, int, Task]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def add(self, task: Task) -> None:
        """Add it in the place of an earlier task of this kind for the same subject."""
        self._tasks[task.subject, task.kind] = task
        if task.due is not None:
            heapq.heappush(self._by_time, (task.due, next(self._numbers), task))

    def forget(self, subject: str, kind: Kind) -> None:
        self._tasks.pop((subject, kind), None)

    def take_due(self, now: int) -> list[Task]:
        """Remove and return what is due, in the order of time."""
        due = []
        while self._by_time and self._by_time[0][0] <= now:
            task = heapq.heappop(self._by_time)[2]
            if self._tasks.get((task.subject, task.kind)) is task:
                due.append(task)
                self.forget(task.subject, task.kind)
        return due

    def take(self, subject: str | None) -> list[Task]:
        """Remove and return all tasks, or those of a subject."""
        taken = [task for task in self._tasks.values() if subject in (None, task.subject)]
        for task in taken:
            self.forget(task.subject, task.kind)
        return taken

    def view(self) -> list[dict[str, Any]]:
        return [asdict(task) for task in self._tasks.values()]
