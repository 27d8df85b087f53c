"""Invoking the product's functions: warm environments, timeouts, queues with their repeats, and schedules."""

from __future__ import annotations

import importlib
import json
import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import stripe

from rideflow.kernel.errors import DomainError
from simulation.faults import asl
from simulation.faults.cloud import AwsUnreachableError
from simulation.faults.decisions import Decisions
from simulation.faults.environments import Environment, Invocation
from simulation.faults.scheduler import Actor, ActorKilledError, Scheduler, Wait
from simulation.faults.stores import FIRST_RELEASE

type Json = dict[str, Any]
type Handler = Callable[[Json, Any], Any]

FUNCTIONS = Path(__file__).parents[2] / "functions"
CONTEXTS = ("payments", "dispatch", "trips", "kernel", "supply")
"""Contexts that take part. The others tell people what happened, and move no money."""
LASTS_S = 50.0
"""A function is killed after this time."""
COMES_AGAIN_AFTER_S = 90.0
MOST_ATTEMPTS = 10
EVERY_EVENT = "every event"
_CONSUMES = re.compile(r"^Consumes: (?P<types>[^(]+)\((?P<source>[^)]+)\)", re.MULTILINE)
_RUNS = re.compile(r"^Runs: every (?:(?P<number>\w+) )?(?P<unit>minute|hour|day)s?\.", re.MULTILINE)
_NUMBERS = {None: 1, "five": 5, "ten": 10, "fifteen": 15, "two": 2, "three": 3}
_UNITS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(rf"{_UUID}|pi_\w+")
_ASKED_FOR = re.compile(rf'pi_\w+|(?<="order_id": "){_UUID}')

FORESEEN = (DomainError, AwsUnreachableError, stripe.StripeError, asl.TaskError)
"""Errors that the product raises, or is told by what it calls. Any other is a mistake in its code."""
COMES_TWICE, COMES_LATE = "delivery: twice", "delivery: late"
IS_DELIVERED_OTHERWISE = 0.04


class Functions:
    """The functions of a run. A function is named by its file."""

    def __init__(self, scheduler: Scheduler, decisions: Decisions, struck: Counter[str]) -> None:
        self._scheduler, self._decisions, self._struck = scheduler, decisions, struck
        self._idle: dict[str, list[Environment]] = {FIRST_RELEASE: []}
        """The warm environments of each release."""
        self.live = FIRST_RELEASE
        """The release that requests, events and schedules are for."""
        self._environments, self._rests = 0, 1
        self.rides: dict[str, int] = {}
        """The ride of each id of a trip or a payment intent."""
        self.ride_of: Callable[[str], int | None] = lambda _: None
        """The ride of a payment intent's or an order's id that is not known yet."""
        self.failed: Counter[tuple[str, str]] = Counter()
        """How often each function raised each error."""
        self.unforeseen: list[tuple[str, str]] = []
        """Errors that the product does not know, with the place that raised them."""
        self.waiting = 0
        """Messages that are not delivered yet."""
        self.dead: list[tuple[str, Json]] = []
        self.skew: Callable[[], timedelta] = lambda: timedelta(0)
        self.discard: Callable[[Environment], None] = lambda _: None

    # One invocation.

    def call(self, name: str, act: Callable[[], Any], ride: int | None, lasts_s: float = LASTS_S) -> Any:
        """Run `act` as an invocation of this function, and wait for it. Raises what it raises, or `asl.TaskError`."""
        said, value = self._awaited(self.begin(name, act, ride), lasts_s)
        if said == "raised":
            raise value
        return value

    def step(self, name: str, payload: Json, within_s: float, release: str) -> Any:
        """A saga's step, by the functions of this release; the live one if it is not named. Raises `asl.TaskError`."""
        if release and release not in self._idle:
            raise asl.TaskError("Lambda.ResourceNotFoundException", f"there is no release {release}")
        document = json.loads(json.dumps(payload))
        told = self.begin(name, lambda: handler(name)(document, None), self._ride_of(document), release)
        said, value = self._awaited(told, within_s)
        if said == "raised":
            raise asl.TaskError(type(value).__name__, str(value))
        return json.loads(json.dumps(value))

    def begin(self, name: str, act: Callable[[], Any], ride: int | None, release: str = "") -> Wait:
        """Begin an invocation, which is an actor of its own; it tells `returned` or `raised`, with what."""
        told, environment = Wait(), self._environment(release or self.live)
        invocation = Invocation(name, environment, ride)

        def live() -> None:
            try:
                outcome = "returned", act()
            except ActorKilledError:
                self._discarded(environment)
                self._scheduler.tell(told, ("raised", asl.TaskError("Lambda.Unknown", "the function was killed")))
                raise
            except Exception as error:
                self.failed[name, type(error).__name__] += 1
                if not isinstance(error, FORESEEN):
                    self.unforeseen.append((name, "".join(traceback.format_exception(error)[-2:])))
                outcome = "raised", error
            self._idle[environment.release].append(environment)
            self._scheduler.tell(told, outcome)

        actor = self._scheduler.spawn(name if ride is None else f"{name} of ride {ride}", live)
        actor.within, actor.skew = invocation, environment.skew
        self._scheduler.after(LASTS_S, lambda: self._time_out(actor))
        return told

    def deploy(self) -> None:
        """Another release is live, and no environment is warm. Executions that go on call their own to their end."""
        for environments in self._idle.values():
            for environment in environments:
                self.discard(environment)
            environments.clear()
        self.live = f"r-{1 + len(self._idle)}"
        self._idle[self.live] = []

    # Queues.

    def deliver(self, entry: Json) -> None:
        """An event for each of its consumers."""
        body = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
        consumers = [
            *subscriptions().get((entry["Source"], entry["DetailType"]), ()),
            *subscriptions().get(("rideflow.*", EVERY_EVENT), ()),
        ]
        for name in consumers:
            for _ in range(1 + self._happens(COMES_TWICE)):
                self.enqueue(name, body, 120.0 if self._happens(COMES_LATE) else 0.0)

    def enqueue(self, name: str, body: Json, delay_s: float = 0.0, attempt: int = 1) -> None:
        """A message for a worker, by the worker's name."""
        self.waiting += 1

        def arrive() -> None:
            self._scheduler.spawn(f"message for {name}", lambda: self._work(name, body, attempt))

        if delay_s:
            self._scheduler.after(delay_s, arrive)
        else:
            arrive()

    def _work(self, name: str, body: Json, attempt: int) -> None:
        event = {"Records": [{"messageId": "1", "body": json.dumps(body), "eventSource": "aws:sqs"}]}
        told = self.begin(name, lambda: handler(name)(event, None), self._ride_of(body))
        said, value = self._awaited(told, LASTS_S)
        if said == "raised" or value["batchItemFailures"]:
            if attempt < MOST_ATTEMPTS:
                self.enqueue(name, body, COMES_AGAIN_AFTER_S, attempt + 1)
            else:
                self.dead.append((name, body))
        self.waiting -= 1

    # Schedules.

    def schedule(self, rests: int = 1) -> None:
        """Run every scheduled function at its times, or so many times as seldom, from now on."""
        self._rests = rests
        for name, often_s in schedules().items():
            self._scheduler.after(often_s * rests, partial(self._tick, name, often_s, rests))

    def _tick(self, name: str, often_s: float, rests: int) -> None:
        if rests != self._rests:  # they were scheduled anew meanwhile
            return
        self.begin(name, lambda: handler(name)({}, None), None)
        self._scheduler.after(often_s * rests, partial(self._tick, name, often_s, rests))

    def _happens(self, kind: str) -> bool:
        happens = bool(self._decisions.fail(2, IS_DELIVERED_OTHERWISE))
        self._struck[kind] += happens
        return happens

    def _awaited(self, told: Wait, within_s: float) -> tuple[str, Any]:
        if not told.happened and not self._scheduler.wait(told, within_s):
            return "raised", asl.TaskError("States.Timeout")
        said: tuple[str, Any] = told.value
        return said

    def _time_out(self, actor: Actor) -> None:
        self._scheduler.kill(actor)

    def _environment(self, release: str) -> Environment:
        if warm := self._idle[release]:
            return warm.pop()
        self._environments += 1
        return Environment(self._environments, self.skew(), release)

    def _discarded(self, environment: Environment) -> None:
        self.discard(environment)

    def _ride_of(self, document: Json) -> int | None:
        """The ride that a message is about, if it names one."""
        text = json.dumps(document)
        for each in _ASKED_FOR.findall(text):
            if each not in self.rides and (ride := self.ride_of(each)) is not None:
                self.rides[each] = ride
        found = {self.rides[each] for each in _ID.findall(text) if each in self.rides}
        return found.pop() if len(found) == 1 else None


@cache
def _modules() -> Mapping[str, Any]:
    """Every function's module, by the function's name; `on_trip_ended` and others of several contexts with theirs."""
    found: dict[str, Any] = {}
    for path in sorted(FUNCTIONS.glob("*/*.py")):
        module = importlib.import_module(f"functions.{path.parent.name}.{path.stem}")
        found[f"{path.parent.name}.{path.stem}"] = module
        if path.stem in found:
            found[path.stem] = None
        else:
            found[path.stem] = module
    return found


def module(name: str) -> Any:
    """The module of a function."""
    found = _modules()[name]
    if found is None:
        raise LookupError(f"{name} is a function of several contexts")
    return found


def handler(name: str) -> Handler:
    """A function's entry point."""
    app: Handler = module(name).app
    return app


@cache
def subscriptions() -> Mapping[tuple[str, str], list[str]]:
    """The consumers of each event, by its source and type, as their docstrings say."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, each in _modules().items():
        told = _CONSUMES.search((each.__doc__ or "") if each else "")
        if "." not in name or told is None or name.partition(".")[0] not in CONTEXTS:
            continue
        for kind in told["types"].split(","):
            found[told["source"], kind.strip()].append(name)
    return found


@cache
def schedules() -> Mapping[str, float]:
    """Seconds between the runs of each scheduled function that moves trips or money."""
    found = {}
    for name, each in _modules().items():
        told = _RUNS.search((each.__doc__ or "") if each else "")
        if "." in name and told and name.partition(".")[0] in ("payments", "dispatch", "trips", "kernel"):
            found[name] = _NUMBERS[told["number"]] * _UNITS[told["unit"]]
    return found
