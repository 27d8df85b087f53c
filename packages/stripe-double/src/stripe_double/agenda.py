"""What comes later by itself: an attempt that expires, a transaction that is booked late, a refund that fails.

A task is done by the first request after its time, by `/_double/clock`, or at once by `/_double/later`.
`time_passes.py` says what each kind does.
"""

from dataclasses import asdict, dataclass, field
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
    tasks: list[Task] = field(default_factory=list)

    def add(self, task: Task) -> None:
        """Add it in the place of an earlier task of this kind for the same subject."""
        self.forget(task.subject, task.kind)
        self.tasks.append(task)

    def forget(self, subject: str, kind: Kind) -> None:
        self.tasks = [task for task in self.tasks if (task.subject, task.kind) != (subject, kind)]

    def take_due(self, now: int) -> list[Task]:
        """Remove and return what is due, in the order of time."""
        due = [task for task in self.tasks if task.due is not None and task.due <= now]
        return self._take(sorted(due, key=lambda task: task.due or 0))

    def take(self, subject: str | None) -> list[Task]:
        """Remove and return all tasks, or those of a subject."""
        return self._take([task for task in self.tasks if subject in (None, task.subject)])

    def _take(self, taken: list[Task]) -> list[Task]:
        self.tasks = [task for task in self.tasks if task not in taken]
        return taken

    def view(self) -> list[dict[str, Any]]:
        return [asdict(task) for task in self.tasks]
