"""Everything that riders, drivers, operators, clocks and messages may do, drawn at random, against the invariants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from itertools import count
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from local.postgres import Postgres
from local.redis import RedisCluster
from rideflow.dispatch.messages import Tick
from rideflow.operations.offers import DispatchTrip
from tests.adapters.dispatch.places import off
from tests.adapters.payments.stripe_at_hand import emptied
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.conftest import TEMPLATE
from tests.races.arena import ALWAYS, Arena
from tests.races.history import History, WalkFailedError
from tests.races.processes import Act, Processes, Stores, act

pytestmark = pytest.mark.race

MOST_DRIVERS, MOST_TRIPS = 4, 6
SECONDS = st.sampled_from([0.001, 1, 4, 10.999, 14.999, 15, 31, 61, 120, 300])
NUMBERS = st.integers(0, 11)
AROUND_THE_CORNER = off(CORNER, 200)
"""Trips end where others begin, so that their drivers are offered the next ones."""

_numbers = count(1)


@dataclass(frozen=True)
class Thing:
    """An act on one of the drivers and trips; `number` selects its other arguments."""

    name: str
    driver: int
    trip: int
    number: int


THINGS = st.builds(
    Thing,
    name=st.sampled_from(
        ["offer_responses.accept", "offer_responses.decline", "trips.cancel", "trips.arrive", "trips.start",
         "trips.complete", "match", "money.settle", "requests.give_up", "requests.expire", "requests.sweep",
         "manual.offer", "driving.go_offline", "online_again", "heartbeats.sweep", "tracking.record", "matcher.run"]
    ),
    driver=NUMBERS, trip=NUMBERS, number=NUMBERS,
)  # fmt: skip


def chosen[T](those: Sequence[T], which: int) -> T | None:
    """One of them, or None if there are none."""
    return those[which % len(those)] if those else None


def _wish(driver_id: UUID, *, ask_again: bool) -> DispatchTrip:
    return DispatchTrip(driver_id=driver_id, reason="drawn", ask_again=ask_again)


class Anything(RuleBasedStateMachine):
    """One act after the other. Messages wait until they are drawn; some come twice, and some ticks never."""

    always_holds: ClassVar = ALWAYS

    def __init__(self, open_arena: Callable[[ExitStack], Arena]) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.arena = open_arena(self.exits)
        self.arena.strategy("joint", forward_s=120)
        self.drivers: list[UUID] = []
        self.riders: list[UUID] = []
        self.trips: list[UUID] = []
        self.ticks: list[Tick] = []
        self.news: list[dict[str, Any]] = []
        self.history = History()
        self.has_failed = False

    def teardown(self) -> None:
        with self.exits:
            if self.has_failed:
                return
            self.history.add("the walk ends: all news is heard, every trip is brought to its end and paid for")
            with self.told_if_it_fails():
                self.arena.street.bus.events += self.news
                self.arena.round_ends(*[self.arena.trips.get(trip_id) for trip_id in self.trips])

    @invariant()
    def always(self) -> None:
        with self.told_if_it_fails():
            self.arena.hold(self.always_holds)

    @contextmanager
    def told_if_it_fails(self) -> Iterator[None]:
        """Add the history to a failure. Hypothesis may draw a shorter walk with the same failure."""
        try:
            yield
        except Exception as failure:
            self.has_failed = True
            failure.add_note(f"What led to it:\n{self.history}")
            raise

    def do(self, *acts: Act) -> list[Any]:
        if not acts:
            return []
        self.history.acts(acts)
        with self.told_if_it_fails():
            outcomes = [self.arena.done(*acts)] if len(acts) == 1 else self.arena.at_once(*acts)
        self.history.ended(outcomes)
        self.ticks += [message for message, _ in self.arena.ticks.take()]
        self.news += self.arena.street.bus.events
        self.arena.street.bus.events.clear()
        return outcomes

    # Arrivals of people. Draws do not depend on the stores' content: an act without its object does nothing.

    @initialize(places_m=st.lists(st.integers(0, 400), max_size=3))
    def drivers_are_on_the_road(self, places_m: list[int]) -> None:
        for metres in places_m:
            self.a_driver_comes(metres, "economy")

    @rule(metres=st.integers(0, 400), vehicle_class=st.sampled_from(["economy", "economy", "comfort"]))
    def a_driver_comes(self, metres: int, vehicle_class: str) -> None:
        if len(self.drivers) < MOST_DRIVERS:
            self.drivers.append(self.arena.street.driver_at(metres, vehicle_class=vehicle_class))
            self.history.knows(self.drivers[-1], of="driver")
            self.history.add(f"driver {len(self.drivers)} comes, {metres} m away, {vehicle_class}")

    @rule(known=NUMBERS, is_known=st.booleans(), then=st.sampled_from(["", "match", "offer", "accept", "accept"]))
    def a_rider_requests(self, known: int, is_known: bool, then: str) -> None:
        if len(self.trips) == MOST_TRIPS:
            return
        rider = chosen(self.riders, known) if is_known else None
        if rider is None:
            rider = self.arena.rider()
            self.riders.append(rider)
            self.history.knows(rider, of="rider")
        (trip,) = self.do(act("request_trip", rider, self.arena.quote(rider, dropoff=AROUND_THE_CORNER)))
        if not isinstance(trip, Exception):
            self.trips.append(trip.id)
            self.history.knows(trip.id, of="trip")
            self.history.add(f"which is trip {len(self.trips)}")
            self._goes_on(trip.id, then)

    def _goes_on(self, trip_id: UUID, then: str) -> None:
        """The usual next steps, which random draws seldom take in this order."""
        if then:
            self.do(act("match", trip_id))
        if then in {"offer", "accept"}:
            self.a_tick()
        if then == "accept":
            self.do(*self._accepts(trip_id))

    def _accepts(self, trip_id: UUID) -> list[Act]:
        asked = self.arena.rows("select driver_id from offers where trip_id = %s and state = 'open' limit 1", trip_id)
        return [act("offer_responses.accept", offer["driver_id"], trip_id) for offer in asked]

    # Any act on any driver and trip, allowed or not.

    @rule(thing=THINGS)
    def something_happens(self, thing: Thing) -> None:
        self.do(*self.acts_of(thing))

    @rule(which=NUMBERS, answer=st.sampled_from(["accept", "accept", "accept", "decline"]))
    def an_offer_is_answered(self, which: int, answer: str) -> None:
        open_ones = self.arena.rows("select driver_id, trip_id from offers where state = 'open' order by offered_at")
        if offer := chosen(open_ones, which):
            self.do(act(f"offer_responses.{answer}", offer["driver_id"], offer["trip_id"]))

    @rule(which=NUMBERS, step=st.sampled_from(["arrive", "start", "complete", "cancel"]))
    def a_driver_goes_on(self, which: int, step: str) -> None:
        driven = self.arena.rows(
            "select * from published_active_trips where driver_id is not null order by requested_at"
        )
        if trip := chosen(driven, which):
            self._comes_to_the_pickup(trip["driver_id"])
            more: dict[str, list[Any]] = {"start": [self.arena.trips.get(trip["trip_id"]).pin], "cancel": [None]}
            self.do(act(f"trips.{step}", trip["driver_id"], trip["trip_id"], *more.get(step, [])))

    @rule(which=NUMBERS)
    def a_driver_nears_the_dropoff(self, which: int) -> None:
        """All consumers get the events, so that the driver may promise the next trip."""
        driven = self.arena.rows(
            "select * from published_active_trips where driver_id is not null order by requested_at"
        )
        if (trip := chosen(driven, which)) is None:
            return
        driver_id, trip_id = trip["driver_id"], trip["trip_id"]
        self._comes_to_the_pickup(driver_id)
        self.do(act("trips.arrive", driver_id, trip_id))
        self.do(act("trips.start", driver_id, trip_id, self.arena.trips.get(trip_id).pin))
        for event in [event for event in self.news if event["detail"].get("trip_id") == str(trip_id)]:
            self._hears(event)
        self.do(act("tracking.record", driver_id, [self.arena.street.position(150)]))

    def _comes_to_the_pickup(self, driver_id: UUID) -> None:
        """An arrival is believed by the phone's position; ten seconds are enough to drive there from any place here."""
        self.arena.street.passes(10)
        self.do(act("tracking.record", driver_id, [self.arena.street.position(50)]))

    def acts_of(self, thing: Thing) -> list[Act]:
        """The drawn act, on the present drivers and trips."""
        driver, trip = chosen(self.drivers, thing.driver), chosen(self.trips, thing.trip)
        if driver is None or trip is None:
            return []
        now = self.arena.trips.get(trip)
        arguments: dict[str, list[Any]] = {
            "offer_responses.accept": [driver, trip],
            "offer_responses.decline": [driver, trip],
            "trips.cancel": [chosen([now.rider_id, driver], thing.number), trip, None],
            "trips.arrive": [driver, trip],
            "trips.start": [driver, trip, now.pin],
            "trips.complete": [driver, trip],
            "match": [trip],
            "money.settle": [trip],
            "requests.give_up": [trip, chosen([None, f"{trip}-{now.version}", str(trip)], thing.number)],
            "requests.expire": [ZONE],
            "requests.sweep": [],
            "manual.offer": [uuid4(), trip, _wish(driver, ask_again=thing.number % 2 == 0), str(uuid4())],
            "driving.go_offline": [driver],
            "online_again": [driver],
            "heartbeats.sweep": [],
            "tracking.record": [driver, [self.arena.street.position(thing.number % 400)]],
            "matcher.run": [Tick(zone=ZONE)],
        }
        return [act(thing.name, *arguments[thing.name], within_s=0.01 * (thing.number % 3))]

    # Time and messages.

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.history.add(f"{seconds} s pass")
        self.arena.street.passes(seconds)

    @rule()
    def every_phone_says_where_it_is(self) -> None:
        for driver in self.drivers:
            self.do(act("tracking.record", driver, [self.arena.street.position(50)]))

    @rule()
    def a_tick(self) -> None:
        self.do(act("matcher.run", Tick(zone=ZONE)))

    @rule(which=NUMBERS, times=st.sampled_from([0, 1, 1, 2]))
    def a_tick_message_comes_or_is_lost(self, which: int, times: int) -> None:
        if message := chosen(self.ticks, which):
            self.ticks.remove(message)
            for _ in range(times):
                self.do(act("matcher.run", message))

    @rule(which=NUMBERS, again=st.booleans())
    def an_event_comes(self, which: int, again: bool) -> None:
        if event := chosen(self.news, which):
            self._hears(event, again=again)

    def _hears(self, event: dict[str, Any], *, again: bool = False) -> None:
        """Deliver the event to all consumers; with `again` it will come another time."""
        self.do(act("hear", event))
        if not again:
            self.news.remove(event)
            self.arena.is_told(event)
            if event["type"] == "DriverCancelled":
                self.do(act("wait", UUID(event["detail"]["trip_id"])))

    @rule()
    def redis_is_lost(self) -> None:
        self.history.add("Redis is lost, and a second passes")
        self.arena.street.redis.flushall()
        self.arena.street.passes(1)


class AnythingAtOnce(Anything):
    """Sometimes two or three simultaneous acts, in processes of their own."""

    @contextmanager
    def told_if_it_fails(self) -> Iterator[None]:
        """Fail at once: the walk cannot be reproduced."""
        try:
            with super().told_if_it_fails():
                yield
        except Exception as failure:
            raise WalkFailedError(failure) from failure

    @rule(things=st.lists(THINGS, min_size=2, max_size=4), is_one_trip=st.booleans())
    def several_things_happen_at_once(self, things: list[Thing], is_one_trip: bool) -> None:
        if is_one_trip:
            things = [replace(thing, driver=things[0].driver, trip=things[0].trip) for thing in things]
        self.do(*[each for thing in things for each in self.acts_of(thing)])


@pytest.fixture(params=[pytest.param((4, 25), id="short"), pytest.param((200, 50), id="long", marks=pytest.mark.long)])
def drawing(request: pytest.FixtureRequest) -> settings:
    """Settings for this many walks of this many steps."""
    walks, steps = request.param
    return settings(
        max_examples=walks, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, derandomize=walks < 100,
    )  # fmt: skip


@pytest.fixture
def open_arena(postgres: Postgres, redis_cluster: RedisCluster, stripe_url: str) -> Callable[..., Arena]:
    """A new arena for each walk, so that a failed walk leaves nothing to the next."""

    def opened(exits: ExitStack, *, processes: Processes | None = None) -> Arena:
        database_url = exits.enter_context(_database(postgres))
        redis_cluster.empty()
        stripe = exits.enter_context(emptied(stripe_url))
        if processes is not None:
            processes.join(Stores(database_url, redis_cluster.url, stripe_url))
            exits.callback(processes.leave)
        arena = Arena(Street(database_url, redis_cluster.url), stripe, processes)
        exits.callback(arena.close)
        return arena

    return opened


@contextmanager
def _database(postgres: Postgres) -> Iterator[str]:
    name = f"walk_{next(_numbers)}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE} strategy file_copy".encode())
        yield postgres.url(name)
        connection.execute(f"drop database {name} with (force)".encode())


def walk(machine: Callable[[], RuleBasedStateMachine], drawing: settings) -> None:
    """Run walks. A failure shows the acts; the product's metrics and logs, thousands of lines, are discarded."""
    try:
        with redirect_stdout(StringIO()):
            run_state_machine_as_test(machine, settings=drawing)  # type: ignore[arg-type]
    except WalkFailedError as walk_failed:
        raise walk_failed.failure from None


def test_the_invariants_hold_after_any_acts(open_arena: Callable[..., Arena], drawing: settings) -> None:
    walk(partial(Anything, open_arena), drawing)


def test_the_invariants_hold_after_any_simultaneous_acts(
    open_arena: Callable[..., Arena], drawing: settings, processes: Processes
) -> None:
    """A failure is not shrunk: simultaneous processes do not act the same twice."""
    walk(partial(AnythingAtOnce, partial(open_arena, processes=processes)), without_shrinking(drawing))


def without_shrinking(drawing: settings) -> settings:
    return settings(drawing, phases=[Phase.explicit, Phase.generate])


@pytest.mark.parametrize("machine", [Anything, AnythingAtOnce])
def test_a_failed_walk_reports_its_acts(
    open_arena: Callable[..., Arena],
    processes: Processes,
    machine: type[Anything],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A rider on a trip is treated as a violation. Simultaneous processes find it too, and do not reproduce it."""

    class Planted(machine):  # type: ignore[valid-type, misc]
        always_holds: ClassVar = {"nobody may ride": "select rider_id from published_active_trips"}

    opened = partial(open_arena, processes=processes if machine is AnythingAtOnce else None)
    drawing = settings(max_examples=20, stateful_step_count=10, deadline=None, database=None, derandomize=True)
    drawing = settings(without_shrinking(drawing), suppress_health_check=list(HealthCheck))

    with pytest.raises(AssertionError, match="nobody may ride") as failed:
        walk(partial(Planted, opened), drawing)

    (history,) = [note for note in failed.value.__notes__ if note.startswith("What led to it:")]
    assert re.search(r"^ +\d+ request_trip\(rider 1, …\) -> TripView$", history, re.MULTILINE)
    assert "which is trip 1" in history
    assert "Flaky" not in "".join(failed.value.__notes__)
    assert '"_aws"' not in capfd.readouterr().out
