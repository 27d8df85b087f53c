"""Processes that act on the same stores at the same moment, each with connections of its own."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any
from uuid import UUID

from rideflow.kernel.errors import DomainError, UnavailableError
from rideflow.kernel.frames import Frame
from tests.races.pauses import Pauses, PausingStreet
from tests.races.product import Product

HOW_MANY = 4
ANSWERS_WITHIN_S = 60


@dataclass(frozen=True)
class Act:
    """An act of one process: a path into `Product`, and the offset of its clock from the others'.

    It begins at a random moment within `within_s` seconds of the start: otherwise an act of one step would always be
    quicker than one of many steps.
    """

    name: str
    arguments: tuple[Any, ...]
    skew: timedelta = timedelta(0)
    within_s: float = 0


def act(name: str, *arguments: Any, skew_s: float = 0, within_s: float = 0) -> Act:
    return Act(name, arguments, timedelta(seconds=skew_s), within_s)


def is_an_answer(outcome: object) -> bool:
    """Whether the act was done or refused. An unavailable store means a deadlock, any other error a bug."""
    return not isinstance(outcome, Exception) or (
        isinstance(outcome, DomainError) and not isinstance(outcome, UnavailableError)
    )


@dataclass
class Sent:
    """Messages of an act to queues, the bus and phones, the sagas that it answered, and its times."""

    ticks: list[tuple[Any, timedelta]] = field(default_factory=list)
    expiries: list[tuple[Any, timedelta]] = field(default_factory=list)
    saga: list[tuple[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    frames: list[tuple[UUID, Frame]] = field(default_factory=list)
    ready_s: float = 0
    began_s: float = 0
    ended_s: float = 0
    """Times at which it was ready, began and ended: seconds of the monotonic clock, which all processes share."""


@dataclass(frozen=True)
class Stores:
    """Addresses of the stores of a test."""

    database_url: str
    redis_url: str
    stripe_url: str


class Processes:
    """A pool that is kept for many tests: a process costs a second to start and little to keep."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])  # the server imports the product once for all processes
        self._barriers = barriers = {parties: context.Barrier(parties) for parties in range(2, HOW_MANY + 1)}
        self._pipes, self._processes = [], []
        for number in range(HOW_MANY):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, barriers, number), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def join(self, stores: Stores) -> None:
        """Every process opens connections to these stores."""
        self._each(stores)

    def leave(self) -> None:
        """Every process closes its connections."""
        self._each(None)

    def at_once(self, acts: Sequence[Act], now: datetime) -> tuple[list[Any], list[Sent]]:
        """Run each act in a process of its own, at the same moment; returns answers or errors, and sent messages."""
        assert 1 <= len(acts) <= HOW_MANY
        for pipe, each in zip(self._pipes, acts, strict=False):
            pipe.send((each, now, len(acts)))
        answers = self._answers(len(acts))
        return [outcome for outcome, _ in answers], [sent for _, sent in answers]

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(10)
            process.close()

    def _each(self, stores: Stores | None) -> None:
        for pipe in self._pipes:
            pipe.send(stores)
        self._answers(HOW_MANY)

    def _answers(self, how_many: int) -> list[Any]:
        answers = []
        for pipe in self._pipes[:how_many]:
            assert pipe.poll(ANSWERS_WITHIN_S), "a process hangs: a circle of locks?"
            answers.append(pipe.recv())
        return answers


def _serve(pipe: Connection[Any, Any], barriers: dict[int, Any], number: int) -> None:
    """Serve acts on the stores until the other end of the pipe is closed.

    The process's metrics and logs are discarded.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    product: Product | None = None
    random.seed(number)
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        if isinstance(order, tuple) and product is not None:
            pipe.send(_done(product, *order, barriers=barriers))
            continue
        if product is not None:
            product.close()
        product = _product(order, number) if isinstance(order, Stores) else None
        pipe.send(None)


def _product(stores: Stores, number: int) -> Product:
    street = PausingStreet(stores.database_url, stores.redis_url, pauses=Pauses(number))
    return Product(street, stores.stripe_url)


def _done(product: Product, do: Act, now: datetime, parties: int, *, barriers: dict[int, Any]) -> tuple[Any, Sent]:
    street = product.street
    street.now = now + do.skew
    call = attrgetter(do.name)(product)
    ready_s = time.monotonic()
    if parties > 1:
        barriers[parties].wait(ANSWERS_WITHIN_S)
    time.sleep(random.uniform(0, do.within_s))
    began_s = time.monotonic()
    try:
        outcome = call(*do.arguments)
    except Exception as error:
        outcome = error
        if not is_an_answer(error):  # its cause cannot be pickled
            error.add_note("".join(traceback.format_exception(error)))
    return outcome, Sent(
        product.ticks.take(),
        product.expiries.take(),
        _taken(product.saga),
        _taken(street.bus.events),
        _taken(street.told.frames),
        ready_s,
        began_s,
        time.monotonic(),
    )


def _taken[T](kept: list[T]) -> list[T]:
    taken = kept[:]
    kept.clear()
    return taken
