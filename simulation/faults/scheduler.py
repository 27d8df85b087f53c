"""Actors, of whom one acts at a time: each hands over at every step, and the run's decisions say who goes on.

An actor is a thread that waits for its turn. It hands over before a statement, a commit, a call of the provider, a
publish, a saga's step. An actor whose statement waits for a lock of PostgreSQL is set aside; the others act until the
lock is free. If nobody can act, virtual time moves to the next timer.
"""

from __future__ import annotations

import heapq
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import count
from typing import Any

from simulation.faults.clock import VirtualClock
from simulation.faults.decisions import Decisions

SWITCHES = 0.3
"""How often another actor than the one that acted last acts next, if others can."""
SOON, LATER = timedelta(seconds=3), timedelta(seconds=90)
RINGS: tuple[tuple[timedelta, float], ...] = ((SOON, 0.12), (LATER, 0.01))
"""How often time moves to the next timer, by how far it is, although somebody could act: they are slow, and what times
out does."""
_HANDS_OVER_WITHIN_S = 20


class ActorKilledError(BaseException):
    """The actor's process is gone: nothing of it runs any more, no `except Exception` and no statement."""


class Standing(Enum):
    """What an actor waits for."""

    READY = auto()
    WAITS = auto()  # for a timer, or for another actor
    LOCKED = auto()  # for a lock of PostgreSQL
    OVER = auto()


class Wait:
    """Something that an actor waits for; it happens once."""

    def __init__(self) -> None:
        self.happened = False
        self.value: Any = None
        self.waiting: Actor | None = None


@dataclass(eq=False)
class Actor:
    """A function invocation, an execution of a saga, a person. `place` is where it stands, for people who read."""

    number: int
    name: str
    act: Callable[[], Any]
    standing: Standing = Standing.READY
    place: str = "start"
    is_killed: bool = False
    error: BaseException | None = None
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    thread: threading.Thread | None = None
    within: Any = None
    """The invocation that the actor is, if it is a function's."""
    skew: timedelta = timedelta(0)
    """How far the clock of its machine is off."""


_acting = threading.local()


def acting() -> Actor | None:
    """The actor of this thread; None outside a run."""
    return getattr(_acting, "actor", None)


class StuckError(Exception):
    """An actor did not hand over: it waits for something that the scheduler does not know."""


class Scheduler:
    """Lets actors act one after the other until nobody has anything left to do."""

    def __init__(self, clock: VirtualClock, decisions: Decisions) -> None:
        self.clock, self.decisions = clock, decisions
        self.steps = 0
        self.switches = SWITCHES
        self.after_step: list[Callable[[Actor, str], None]] = []
        """Called with the actor, and with the place from which it acted."""
        self.look_at_locks: Callable[[list[Actor]], None] = lambda _: None
        self.actors: list[Actor] = []
        self._numbers = count(1)
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._handed_back = threading.Semaphore(0)
        self._last: Actor | None = None
        self._stuck: Actor | None = None
        self.trace: list[str] = []

    # What actors and the world ask for.

    def spawn(self, name: str, act: Callable[[], Any]) -> Actor:
        """A new actor, which is ready."""
        actor = Actor(next(self._numbers), name, act)
        self.actors.append(actor)
        return actor

    def at(self, when: datetime, then: Callable[[], None]) -> None:
        """Call `then`, which may not hand over, when virtual time has come there."""
        heapq.heappush(self._timers, (when, next(self._numbers), then))

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        self.at(self.clock.at + timedelta(seconds=seconds), then)

    def hand_over(self, place: str) -> None:
        """The acting actor stands at `place`; returns when it is its turn again. Outside a run it returns at once."""
        actor = acting()
        if actor is None:
            return
        actor.place = place
        self._give_back(actor)

    def set_aside(self, place: str) -> None:
        """The acting actor waits for a lock; it returns when `look_at_locks` made it ready."""
        actor = acting()
        if actor is not None:
            actor.place, actor.standing = place, Standing.LOCKED
            self._give_back(actor)

    def pass_time(self, seconds: float) -> None:
        """The acting actor waits for this long in virtual time."""
        self.wait(Wait(), seconds)

    def wait(self, wait: Wait, seconds: float | None = None) -> bool:
        """The acting actor waits until it happens, or for that long; returns whether it happened."""
        actor = acting()
        if actor is None or wait.happened:
            return wait.happened
        wait.waiting, actor.standing = actor, Standing.WAITS
        if seconds is not None:
            self.after(seconds, lambda: self._wake(wait, actor))
        self._give_back(actor)
        wait.waiting = None
        return wait.happened

    def tell(self, wait: Wait, value: Any = None) -> None:
        """It happened. A second time it is ignored."""
        if wait.happened:
            return
        wait.happened, wait.value = True, value
        if wait.waiting is not None:
            self._wake(wait, wait.waiting)

    def kill(self, actor: Actor) -> None:
        """The actor goes no further; it ends at its next turn."""
        if actor.standing is not Standing.OVER:
            actor.is_killed, actor.standing = True, Standing.READY

    @property
    def has_ready(self) -> bool:
        """Whether somebody can act now."""
        return any(actor.standing is Standing.READY for actor in self.actors)

    # The run.

    def run(self, until: Callable[[], bool], *, no_later_than: datetime | None = None) -> None:
        """Act until `until` holds, nobody can act and no timer is set, or time has come to `no_later_than`."""
        while not until():
            locked = [actor for actor in self.actors if actor.standing is Standing.LOCKED]
            if locked:
                self.look_at_locks(locked)
            ready = self._ready()
            if not ready and self._timers:
                if no_later_than is not None and self._timers[0][0] > no_later_than:
                    self.clock.move_to(no_later_than)
                    return
                self._ring()
            elif ready:
                self._one_step(ready)
            elif locked:
                self.look_at_locks(locked)  # a deadlock: PostgreSQL ends one of them
            else:
                return

    def close(self) -> None:
        """End all actors."""
        for actor in self.actors:
            self.kill(actor)
        for actor in list(self.actors):
            if actor.standing is not Standing.OVER and actor is not self._stuck:
                self._turn(actor)
        self.actors.clear()
        self._timers.clear()

    def _ready(self) -> list[Actor]:
        """Those who can act: whoever acted last first, then those who wait the longest."""
        ready = [actor for actor in self.actors if actor.standing is Standing.READY]
        if self._last in ready:
            ready.remove(self._last)
            ready.insert(0, self._last)
        return ready

    def _one_step(self, ready: list[Actor]) -> None:
        left = self._timers[0][0] - self.clock.at if self._timers else timedelta.max
        chance = next((chance for within, chance in RINGS if left <= within), 0.0)
        if chance and self.decisions.choose(2, chance):
            self._ring()
            return
        actor = ready[self.decisions.choose(len(ready), self.switches)]
        self._last = actor
        self.steps += 1
        self.clock.step()
        was = actor.place
        self._turn(actor)
        if actor.standing is Standing.OVER:
            self.actors.remove(actor)
        self.trace.append(f"{actor.name} → {actor.place}")
        for look in self.after_step:
            look(actor, was)

    def _ring(self) -> None:
        at, _, then = heapq.heappop(self._timers)
        self.clock.move_to(at)
        then()

    def _wake(self, wait: Wait, actor: Actor) -> None:
        if wait.waiting is actor and actor.standing is Standing.WAITS:
            actor.standing = Standing.READY

    def _turn(self, actor: Actor) -> None:
        """Let the actor act until it hands over."""
        if actor.thread is None:
            actor.thread = threading.Thread(target=self._live, args=(actor,), name=actor.name, daemon=True)
            actor.thread.start()
        self.clock.skew = actor.skew
        actor.turn.release()
        if not self._handed_back.acquire(timeout=_HANDS_OVER_WITHIN_S):
            self._stuck = actor
            raise StuckError(f"{actor.name} went on from {actor.place} and does not hand over: {_stack(actor)}")
        self.clock.skew = timedelta(0)

    def _live(self, actor: Actor) -> None:
        _acting.actor = actor
        actor.turn.acquire()
        try:
            if not actor.is_killed:
                actor.act()
        except BaseException as error:
            actor.error = error
        actor.standing = Standing.OVER
        self._handed_back.release()

    def _give_back(self, actor: Actor) -> None:
        if actor.is_killed:
            raise ActorKilledError
        self._handed_back.release()
        actor.turn.acquire()
        if actor.is_killed:
            raise ActorKilledError


def _stack(actor: Actor) -> str:
    """Where the actor's thread is, for people."""
    frame = sys._current_frames().get(actor.thread.ident or 0) if actor.thread else None
    return "".join(traceback.format_stack(frame)[-6:]) if frame else "its thread is gone"
