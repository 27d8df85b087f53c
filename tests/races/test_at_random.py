"""Everything that riders, drivers, operators, clocks and messages may do, drawn at random, against the invariants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from local.postgres import Postgres
from local.redis import RedisCluster
from rideflow.dispatch.messages import Tick
from rideflow.dispatch.views import DispatchTrip
from tests.adapters.locations.street import ZONE, Street
from tests.adapters.payments.stripe_at_hand import emptied
from tests.conftest import TEMPLATE
from tests.races.arena import ALWAYS, Arena
from tests.races.processes import Act, Processes, Stores, act

pytestmark = pytest.mark.race

MOST_DRIVERS, MOST_TRIPS = 4, 6
SECONDS = st.sampled_from([0.001, 1, 4, 10.999, 14.999, 15, 31, 61, 120, 300])
_numbers = count(1)


class Anything(RuleBasedStateMachine):
    """One thing after the other. Messages wait until they are drawn; some come twice, some ticks never."""

    def __init__(self, open_arena: Callable[[ExitStack], Arena]) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.arena = open_arena(self.exits)
        self.drivers: list[UUID] = []
        self.riders: list[UUID] = []
        self.trips: list[UUID] = []
        self.ticks: list[Tick] = []
        self.news: list[dict[str, Any]] = []

    def teardown(self) -> None:
        with self.exits:
            self.arena.street.bus.events += self.news
            self.arena.round_ends(*[self.arena.trips.get(trip_id) for trip_id in self.trips])

    @invariant()
    def always(self) -> None:
        self.arena.hold(ALWAYS)

    def do(self, *acts: Act) -> list[Any]:
        outcomes = [self.arena.done(each) for each in acts] if len(acts) == 1 else self.arena.at_once(*acts)
        self.ticks += [message for message, _ in self.arena.ticks.take()]
        self.news += self.arena.street.bus.events
        self.arena.street.bus.events.clear()
        return outcomes

    # People come.

    @precondition(lambda self: len(self.drivers) < MOST_DRIVERS)
    @rule(metres=st.integers(0, 400), vehicle_class=st.sampled_from(["economy", "economy", "comfort"]))
    def a_driver_comes(self, metres: int, vehicle_class: str) -> None:
        self.drivers.append(self.arena.street.driver_at(metres, vehicle_class=vehicle_class))

    @precondition(lambda self: len(self.trips) < MOST_TRIPS)
    @rule(data=st.data(), known=st.booleans(), matched=st.booleans())
    def a_rider_requests(self, data: st.DataObject, known: bool, matched: bool) -> None:
        if not (known and self.riders):
            self.riders.append(self.arena.rider())
        rider = data.draw(st.sampled_from(self.riders))
        (trip,) = self.do(act("request_trip", rider, self.arena.quote(rider)))
        if not isinstance(trip, Exception):
            self.trips.append(trip.id)
            if matched:
                self.do(act("match", trip.id))

    # Whatever can be done is done, to whichever driver and trip, whether that is allowed or not.

    @precondition(lambda self: self.drivers and self.trips)
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        self.do(self.drawn(data))

    @precondition(lambda self: self.drivers and self.trips)
    @rule(data=st.data())
    def an_offer_is_answered(self, data: st.DataObject) -> None:
        open_ones = self.arena.rows("select driver_id, trip_id from offers where state = 'open' order by 1, 2")
        if open_ones:
            offer = data.draw(st.sampled_from(open_ones))
            answer = data.draw(st.sampled_from(["accept", "accept", "accept", "decline"]))
            self.do(act(f"answers.{answer}", offer["driver_id"], offer["trip_id"]))

    @precondition(lambda self: self.drivers and self.trips)
    @rule(data=st.data(), step=st.sampled_from(["arrive", "start", "complete", "cancel"]))
    def a_driver_goes_on(self, data: st.DataObject, step: str) -> None:
        driven = self.arena.rows("select driver_id, trip_id from active_trips where driver_id is not null order by 1")
        if driven:
            trip = data.draw(st.sampled_from(driven))
            more = {"start": [self.arena.trips.get(trip["trip_id"]).pin], "cancel": [None]}
            self.do(act(f"trips.{step}", trip["driver_id"], trip["trip_id"], *more.get(step, [])))

    def drawn(self, data: st.DataObject) -> Act:
        driver, trip = data.draw(st.sampled_from(self.drivers)), data.draw(st.sampled_from(self.trips))
        now = self.arena.trips.get(trip)
        wish = DispatchTrip(driver_id=driver, reason="drawn", ask_again=data.draw(st.booleans()))
        possible: list[Callable[[], Act]] = [
            partial(act, "answers.accept", driver, trip),
            partial(act, "answers.decline", driver, trip),
            partial(act, "trips.cancel", now.rider_id, trip, None),
            partial(act, "trips.cancel", driver, trip, None),
            partial(act, "trips.arrive", driver, trip),
            partial(act, "trips.start", driver, trip, now.pin),
            partial(act, "trips.complete", driver, trip),
            partial(act, "match", trip),
            partial(act, "money.settle", trip),
            partial(act, "requests.give_up", trip, None),
            partial(act, "requests.give_up", trip, f"{trip}-{now.version}"),
            partial(act, "requests.expire", ZONE),
            partial(act, "requests.sweep"),
            partial(act, "manual.offer", uuid4(), trip, wish, str(uuid4())),
            partial(act, "driving.go_offline", driver),
            partial(act, "online_again", driver),
            partial(act, "heartbeats.sweep"),
            partial(act, "locations.record", driver, [self.arena.street.position(data.draw(st.integers(0, 400)))]),
            partial(act, "matcher.run", Tick(zone=ZONE)),
        ]
        return data.draw(st.sampled_from(possible))()

    # Time and messages.

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.arena.street.passes(seconds)

    @rule()
    def every_phone_says_where_it_is(self) -> None:
        for driver in self.drivers:
            self.do(act("locations.record", driver, [self.arena.street.position(50)]))

    @rule()
    def a_tick(self) -> None:
        self.do(act("matcher.run", Tick(zone=ZONE)))

    @precondition(lambda self: self.ticks)
    @rule(data=st.data(), fate=st.sampled_from(["taken", "taken", "twice", "lost"]))
    def a_tick_message_comes(self, data: st.DataObject, fate: str) -> None:
        message = self.ticks.pop(data.draw(st.integers(0, len(self.ticks) - 1)))
        for _ in range({"lost": 0, "twice": 2}.get(fate, 1)):
            self.do(act("matcher.run", message))

    @precondition(lambda self: self.news)
    @rule(data=st.data(), again=st.booleans())
    def an_event_comes(self, data: st.DataObject, again: bool) -> None:
        at = data.draw(st.integers(0, len(self.news) - 1))
        event = self.news[at]
        self.do(act("hear", event))
        if not again:
            self.news.remove(event)
            self.arena.is_told(event)
            if event["type"] == "DriverCancelled":
                self.do(act("wait", UUID(event["detail"]["trip_id"])))

    @rule()
    def redis_is_lost(self) -> None:
        self.arena.street.redis.flushall()
        self.arena.street.passes(1)


class AnythingAtOnce(Anything):
    """Now and then two or three things at the same moment, in processes of their own."""

    @precondition(lambda self: self.drivers and self.trips)
    @rule(data=st.data(), how_many=st.integers(2, 3))
    def several_things_happen_at_once(self, data: st.DataObject, how_many: int) -> None:
        self.do(*[self.drawn(data) for _ in range(how_many)])


@pytest.fixture(params=[pytest.param((10, 25), id="short"), pytest.param((200, 50), id="long", marks=pytest.mark.long)])
def drawing(request: pytest.FixtureRequest) -> settings:
    """So many walks of so many steps."""
    walks, steps = request.param
    return settings(
        max_examples=walks, stateful_step_count=steps, deadline=timedelta(seconds=60), database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, derandomize=walks < 100,
    )  # fmt: skip


@pytest.fixture
def open_arena(postgres: Postgres, redis_cluster: RedisCluster, stripe_url: str) -> Callable[..., Arena]:
    """A fresh one for each walk, so that one that fails leaves nothing to the next."""

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


def test_whatever_happens_the_invariants_hold(open_arena: Callable[..., Arena], drawing: settings) -> None:
    run_state_machine_as_test(partial(Anything, open_arena), settings=drawing)  # type: ignore[no-untyped-call]


def test_whatever_happens_at_once_the_invariants_hold(
    open_arena: Callable[..., Arena], drawing: settings, processes: Processes
) -> None:
    """Not shrunk: what two processes do at once is not the same twice."""
    drawing = settings(drawing, phases=[Phase.explicit, Phase.generate])
    machine = partial(AnythingAtOnce, partial(open_arena, processes=processes))
    run_state_machine_as_test(machine, settings=drawing)  # type: ignore[no-untyped-call]
