"""Changes of things with a state and a version: the operations that a state allows, and races for a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rideflow.kernel.errors import DomainError

_ATTEMPTS = 8
"""The number of times that a change is tried while others change the same thing."""


@dataclass(frozen=True, slots=True)
class Transition[State]:
    """A row of a table of transitions.

    `leads_to` is None if the state stays. In the states of `done_in` the operation has happened already. `event` is the
    name under which the change is logged.
    """

    allowed_in: frozenset[State]
    leads_to: State | None
    done_in: frozenset[State]
    event: str


def next_state[State](transition: Transition[State], state: State, refusal: Callable[[], DomainError]) -> State | None:
    """The state after the operation; None if the operation has happened already, so that a repeat succeeds.

    Raises the refusal in any state that the row does not name.
    """
    if state in transition.done_in:
        return None
    if state not in transition.allowed_in:
        raise refusal()
    return transition.leads_to or state


def until_saved[T](attempt: Callable[[], T | None], busy: Callable[[], DomainError]) -> T:
    """The result of the first attempt that is saved; an attempt returns None if another change came first.

    Each attempt reads the thing anew, decides, and saves it on the condition that its version is the one that was
    read (optimistic concurrency control). Raises `busy()` if others keep coming first.
    """
    for _ in range(_ATTEMPTS):
        done = attempt()
        if done is not None:
            return done
    raise busy()
