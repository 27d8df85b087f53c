"""A run: people, functions, sagas and stores under one scheduler, watched by the oracle after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid5

from simulation.environment_variables import told
from simulation.faults.clock import START, VirtualClock
from simulation.faults.cloud import Cloud
from simulation.faults.course import Course, Outcome
from simulation.faults.database import Sessions
from simulation.faults.decisions import Decisions
from simulation.faults.environments import Environment, environments_apart, import_everything, virtual
from simulation.faults.fares import SMALL, small_fares
from simulation.faults.functions import Functions
from simulation.faults.injection import CAPTURE, Injection
from simulation.faults.known import OPEN
from simulation.faults.liveness import of_machinery, of_queues, of_riders, of_trips, unwanted
from simulation.faults.oracle import Facts, Oracle, Violation
from simulation.faults.people import People, Ride, drawn, follow
from simulation.faults.provider import API_KEY, KEY_FORGOTTEN, WEBHOOK_SECRET, Provider
from simulation.faults.sagas import Sagas
from simulation.faults.scheduler import SWITCHES, Actor, Scheduler, acting
from simulation.faults.stepped_stores import opened, quiet, stepped_redis
from simulation.faults.stores import Stores, empty, empty_redis, settings
from simulation.faults.weather import DEPLOY, REDIS_LOST, RESTARTED, SESSIONS_ENDED, Weather
from simulation.faults.webhooks import Webhooks


class House:
    """The world of one run."""

    def __init__(self, stores: Stores, course: Course) -> None:
        self.course, self.stores = course, stores
        self.clock = VirtualClock()
        self.decisions = Decisions(course.seed, {} if course.is_calm else course.schedule)
        self.scheduler = Scheduler(self.clock, self.decisions)
        draw = self.draw = Random(f"house {course.seed}")  # noqa: S311 - a simulation
        self.sessions = Sessions(self.scheduler, stores.database_url)
        self.injection = Injection(self.decisions, course.plan, course.broken)
        self.decisions.fails_by_plan = course.plan is not None
        if course.plan is None:
            temper = Random(f"temper {course.seed}")  # noqa: S311 - a simulation
            self.injection.temper = temper.choice((0.3, 1.0, 2.0))
            self.scheduler.switches = temper.choice((0.15, SWITCHES, 0.6))
        self.provider = Provider(self.scheduler, draw)
        self.cloud = Cloud(self.scheduler, self.injection, {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET})
        self.functions = Functions(self.scheduler, self.decisions, self.injection.struck)
        self.sagas = self.cloud.sagas = Sagas(self.scheduler, self.functions.step, draw)
        self.weather = Weather(
            self.scheduler,
            self.decisions,
            self.injection.struck,
            {
                RESTARTED: self.sessions.crash,
                SESSIONS_ENDED: self.sessions.end_all,
                REDIS_LOST: lambda: empty_redis(stores),
                DEPLOY: self._deploy,
            },
        )
        self.weather.befalls = course.befalls
        self.webhooks = Webhooks(self.scheduler, self.decisions, self.injection, self.functions, self.provider)
        self.webhooks.always = course.webhooks
        self.oracle = Oracle(self.functions.rides)
        self.violations: list[Violation] = []
        self.people: list[Ride] = []
        self._looks_again_at = START
        self._join()

    def run(self) -> Outcome:
        """Let the rides take their course, then the failures stop, and everything has two hours to end."""
        try:
            self._move_in()
            failures_end = START + self.course.failures_last
            self.scheduler.run(self._is_decided, no_later_than=failures_end)
            if not self._is_decided():
                self._calm_down()
                self._looks_again_at = self.clock.at
                self.scheduler.run(self._is_decided, no_later_than=self.clock.at + self.course.ends_within)
            if not self._unknown() or not self.course.stops_at_first:
                self._check_the_end()
            return self._outcome()
        finally:
            self.scheduler.close()
            for environment in list(self._environments):
                self._discard(environment)
            self.sessions.close()

    def _is_decided(self) -> bool:
        """Whether a violation was found that is not known, or everything has ended before its time."""
        if self._unknown() and self.course.stops_at_first:
            return True
        return self.clock.at >= self._looks_again_at and self._is_all_over()

    def _is_all_over(self) -> bool:
        """Whether nothing is left to do. It is asked seldom, since nobody may act while it is found out."""
        if (self.course.broken or self.course.captures) and not self.injection.is_calm:
            return False
        busy = self.functions.waiting or self.webhooks.coming or self.sagas.running() or self.scheduler.has_ready
        if busy or not all(ride.is_over for ride in self.people):
            return False
        self._looks_again_at = self.clock.at + timedelta(seconds=55)
        return not list(self._left())

    def _left(self) -> Iterator[Violation]:
        facts = self._facts()
        yield from of_trips(facts, self.oracle)
        yield from of_riders(facts, self.oracle)
        yield from of_machinery(self.sagas, self.functions, self.sessions.watch)
        yield from () if self.course.broken else of_queues(self.functions)
        yield from unwanted(facts, self.people, is_calm=self.course.is_calm)

    def _unknown(self) -> list[Violation]:
        return [each for each in self.violations if each.rule not in OPEN]

    def _calm_down(self) -> None:
        self.decisions.is_calm = self.injection.is_calm = True
        self.weather.is_over = True
        if self.course.sweeps_rest != 1:
            self.functions.schedule()

    def _check_the_end(self) -> None:
        self.violations += self._left()
        if not self._unknown() and self.webhooks.days_later():
            self.scheduler.run(lambda: not self.webhooks.coming and not self.functions.waiting)
            self.violations += [each for each in self._left() if each not in self.violations]

    def _deploy(self) -> None:
        self.functions.deploy()
        self.sagas.deploy()

    def _watch(self, _actor: Actor, was: str) -> None:
        """After each step that may have changed anything."""
        self.weather.stepped(self.scheduler.steps)
        self.webhooks.look()
        what = was.partition(" ")[0]
        if what == "stripe" or (what in ("commit", "statement") and self.sessions.was_written()):
            self.violations += self.oracle.look(self._facts())

    def _facts(self) -> Facts:
        return Facts.read(self.sessions.watch, self.provider.intents())

    def _outcome(self) -> Outcome:
        return Outcome(
            self.course, self.scheduler.steps, +self.injection.struck, self._unknown(),
            Counter(each.rule for each in self.violations if each.rule in OPEN), self.decisions.taken,
            set(self.sagas.visited), self.oracle.transitions, self.oracle.trip_transitions,
            {str(event) for (event,) in self.sessions.watch.execute("select distinct type from trip_events")},
            self.functions.failed,
            list(self.injection.sites), self.sessions.set_aside, self.scheduler.trace,
        )  # fmt: skip

    # Joining the parts.

    def _join(self) -> None:
        self._environments: set[Environment] = set()
        self.sessions.fails = self.injection.strikes
        self.provider.fails = self._provider_fails
        self.provider.forgot = self._note_forgotten_key
        self.cloud.deliver = self.functions.deliver
        self.cloud.enqueue = self._queued
        self.functions.discard = self._discard
        self.functions.ride_of = self._ride_of
        self.functions.skew = self.weather.skew
        self.scheduler.after_step.append(self._watch)

    def _queued(self, queue: str, body: Any, delay_s: float) -> None:
        """Ticks are not worked on: the matcher is stood for by `People`. Offers expire."""
        if queue == "offer-expiries":
            self.functions.enqueue("dispatch.expire_offers", body, delay_s)

    def _provider_fails(self, name: str) -> str | None:
        """The failure that is drawn; else an outage; else what the bank of the ride's card does to captures."""
        kind = self.injection.strikes("stripe", name)
        if kind is None and self.weather.provider_is_down:
            self.injection.struck["stripe: outage"] += 1
            kind = "500_before"
        actor = acting()
        if kind is None and name == CAPTURE and actor is not None and actor.within.ride is not None and self.people:
            kind = self.people[actor.within.ride].captures
            self.injection.struck[f"stripe: {kind}, each time"] += kind is not None
        return kind

    def _note_forgotten_key(self) -> None:
        self.injection.struck[KEY_FORGOTTEN] += 1

    def _ride_of(self, name: str) -> int | None:
        """The ride of a payment intent or an order; None if it is not there."""
        intent = self.provider.world.objects["payment_intent"].get(name)
        if intent is not None:
            return self.functions.rides.get(intent["metadata"].get("trip_id", ""))
        if name.startswith("pi_"):
            return None
        row = self.sessions.watch.execute("select trip_id from payment_orders where id = %s", [name]).fetchone()
        return None if row is None else self.functions.rides.get(str(row[0]))

    def _discard(self, environment: Environment) -> None:
        """The environment's session ends without a goodbye."""
        for value in environment.kept.values():
            if type(value).__name__ == "Database":
                value.close()
        environment.kept.clear()

    def _move_in(self) -> None:
        """Riders with their cards, drivers online, schedules running."""
        zone = _zone()
        self.functions.schedule(self.course.sweeps_rest)
        if not self.course.is_calm and self.course.plan is None:
            self.weather.begin()
        client = self.provider.client()
        for number in range(self.course.rides):
            way = self.course.ways[number % len(self.course.ways)] if self.course.ways else None
            card = self.course.cards[number % len(self.course.cards)] if self.course.cards else None
            products = self.course.products
            ride = drawn(number, self.course.seed, way, card, products[number % len(products)] if products else None)
            if self.people and self.people[-1].product == SMALL:
                follow(ride, self.people[-1])
            if self.course.answers:
                ride.answer = self.course.answers[number % len(self.course.answers)]
            ride.captures = self.course.captures or ride.captures
            self.people.append(ride)
            if ride.way != "no_card" and ride.after is None:
                customer = client.v1.customers.create({})
                method = client.v1.payment_methods.attach(ride.card, {"customer": customer.id})
                self._row(_CARD, [method.id, ride.rider_id, customer.id])
            for driver_id in ride.driver_ids:
                self._driver(driver_id, zone)
            people = People(ride, self.scheduler, self.functions, zone, self._looked, provider=self.provider)
            self.scheduler.spawn(f"ride {number}", people.live)

    def _driver(self, driver_id: UUID, zone: str) -> None:
        vehicle_id = uuid5(driver_id, "vehicle")
        self._row(_DRIVER, [driver_id, START, START, driver_id])
        self._row(_VEHICLE, [vehicle_id, driver_id, START])
        self._row(_ONLINE, [START, vehicle_id, zone, driver_id])

    def _row(self, statement: str, parameters: list[Any]) -> None:
        self.sessions.watch.execute(statement.encode(), parameters)

    def _looked(self, statement: str, trip_id: UUID) -> Any:
        row = self.sessions.watch.execute(statement.encode(), [trip_id]).fetchone()
        return None if row is None else row[0]


_CARD = """
    insert into payment_methods (
        provider, method_ref, rider_id, customer_ref, brand, last4, exp_month, exp_year)
    values ('stripe', %s, %s, %s, 'visa', '4242', 12, 2034)
"""
_DRIVER = """
    insert into drivers (id, name, phone, licence, state, version, registered_at, verified_at, verified_by)
    values (%s, 'Driver', '+14155550100', 'D1', 'verified', 1, %s, %s, %s)
"""
_VEHICLE = """
    insert into driver_vehicles values (%s, %s, '7ABC123', 'Toyota', 'Prius', 2023, 'silver', 'economy', %s)
"""
_ONLINE = "update drivers set online = true, online_since = %s, vehicle_id = %s, zone = %s where id = %s"


def _zone() -> str:
    from rideflow.markets.wiring import markets
    from simulation.faults.people import PICKUP

    return str(markets().zone_at(PICKUP).id)


def run(stores: Stores, course: Course) -> Outcome:
    """Run a course on these stores, whose rows are removed before."""
    import boto3

    from rideflow.kernel import postgres
    from rideflow.payments.providers.stripe import http as stripe_http

    import_everything()
    empty(stores)
    house = House(stores, course)
    with (
        told(settings(stores)),
        environments_apart(),
        small_fares(),
        virtual(house.clock, house.scheduler.pass_time, house.draw),
        patch.object(boto3, "client", lambda *_, **__: house.cloud),
        patch.object(postgres, "opened", lambda settings, **options: opened(house.sessions, settings, options)),
        patch.object(stripe_http, "_session", house.provider.session),
        stepped_redis(house.scheduler, house.injection),
        quiet(),
    ):
        return house.run()
