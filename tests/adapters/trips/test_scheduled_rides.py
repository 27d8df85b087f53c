"""Scheduled rides at a real PostgreSQL, also when the sweeper dies, doubles, or meets their rider."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from rideflow.kernel.errors import DomainError
from rideflow.trips.scheduled.lead import Horizon
from rideflow.trips.scheduled.views import EditScheduledRide
from rideflow.trips.sweeping import GIVE_UP_AFTER, REPUBLISH_AFTER
from tests.adapters.trips.environments import Bus, Environment, at_once
from tests.adapters.trips.test_races import codes
from tests.eventually import eventually

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


class Watch:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def environments(database_url: str, bus: Bus, watch: Watch) -> Iterator[list[Environment]]:
    found = [Environment(database_url, bus, watch) for _ in range(8)]
    yield found
    for environment in found:
        environment.database.close()


def rider_with_card(environment: Environment) -> UUID:
    rider_id = uuid4()
    environment.add_card(rider_id)
    return rider_id


def due(environment: Environment, watch: Watch) -> UUID:
    """A ride whose time to look for a driver has come."""
    ride_id = environment.book(rider_with_card(environment), HOUR).id
    watch.turn(HOUR - 5 * MINUTE)
    return ride_id


@pytest.mark.race
def test_sweepers_at_once_make_one_trip_of_each_ride(environments: list[Environment], bus: Bus, watch: Watch) -> None:
    first = environments[0]
    rides = [first.book(rider_with_card(first), HOUR).id for _ in range(12)]
    watch.turn(HOUR - 5 * MINUTE)

    swept = at_once(environments, lambda _, environment: environment.due_rides.sweep())

    assert sum(done.get("dispatched", 0) for done in swept) == 12
    assert bus.types()["TripRequested"] == bus.types()["ScheduledRideDispatched"] == 12
    assert all(first.ride_holds_together(ride_id) and first.ride(ride_id).state == "dispatched" for ride_id in rides)
    assert first.due_rides.sweep() == {}


@pytest.mark.race
def test_an_edit_and_the_sweep_at_once_end_in_one_of_the_two(environments: list[Environment], watch: Watch) -> None:
    for _ in range(5):
        ride_id = due(environments[0], watch)
        ride = environments[0].ride(ride_id)
        later = EditScheduledRide(version=ride.version, pickup_at=watch.now + 3 * HOUR)

        def act(number: int, environment: Environment, ride_id: UUID = ride_id, later: Any = later) -> object:
            if number == 0:
                return environment.bookings.edit(environment.ride(ride_id).rider_id, ride_id, later)
            return environment.due_rides.sweep()

        answers = at_once(environments[:3], act)

        now, edited = environments[0].ride(ride_id), codes(answers[:1])
        assert now.state == ("scheduled" if edited["ok"] else "dispatched")
        assert edited.keys() <= {"ok", "scheduled_ride_state_conflict"}
        assert now.version == ride.version + 1
        assert environments[0].ride_holds_together(ride_id)


@pytest.mark.race
def test_a_cancel_and_the_sweep_at_once_end_in_one_of_the_two(environments: list[Environment], watch: Watch) -> None:
    for _ in range(5):
        ride_id = due(environments[0], watch)
        rider_id = environments[0].ride(ride_id).rider_id

        def act(number: int, environment: Environment, ride_id: UUID = ride_id, rider_id: UUID = rider_id) -> object:
            if number == 0:
                return environment.bookings.cancel(rider_id, ride_id)
            return environment.due_rides.sweep()

        cancelled = codes(at_once(environments[:3], act)[:1])

        assert environments[0].ride(ride_id).state == ("cancelled" if cancelled["ok"] else "dispatched")
        assert environments[0].ride_holds_together(ride_id)


@pytest.mark.race
def test_a_request_and_the_sweep_at_once_open_one_trip_for_the_rider(
    environments: list[Environment], watch: Watch
) -> None:
    for _ in range(5):
        ride_id = due(environments[0], watch)
        rider_id = environments[0].ride(ride_id).rider_id
        quote_id = environments[0].quote(rider_id)

        def act(number: int, environment: Environment, rider_id: UUID = rider_id, quote_id: UUID = quote_id) -> object:
            if number == 0:
                return environment.request(rider_id, quote_id)
            return environment.due_rides.sweep()

        requested = codes(at_once(environments[:3], act)[:1])

        ride = environments[0].ride(ride_id)
        assert (ride.state, ride.held_up_by) == (
            ("scheduled", "active_trip") if requested["ok"] else ("dispatched", None)
        )
        active = environments[0].database.all(
            "select * from published_active_trips where rider_id = %(r)s", {"r": rider_id}
        )
        assert len(active) == 1
        assert environments[0].ride_holds_together(ride_id)


@pytest.mark.race
def test_bookings_of_one_rider_at_once_never_overlap_and_are_never_too_many(
    environments: list[Environment], watch: Watch
) -> None:
    rider_id = rider_with_card(environments[0])
    quotes = [environments[0].quote(rider_id) for _ in environments]

    near = at_once(
        environments,
        lambda number, each: each.book_quoted(rider_id, quotes[number], watch.now + HOUR + number * MINUTE),
    )
    far = [
        codes(
            at_once(
                environments,
                lambda number, each, start=start: each.book_quoted(  # type: ignore[misc]
                    rider_id, quotes[number], watch.now + start + number * HOUR
                ),
            )
        )
        for start in (2 * HOUR, 20 * HOUR)
    ]

    assert codes(near) == {"ok": 1, "scheduled_rides_overlap": 7}
    assert far == [{"ok": 8}, {"ok": 1, "too_many_scheduled_rides": 7}]


@pytest.mark.race
def test_the_same_key_at_once_books_one_ride_and_every_answer_is_the_same(
    environments: list[Environment], bus: Bus, watch: Watch
) -> None:
    rider_id = rider_with_card(environments[0])
    quote_id = environments[0].quote(rider_id)

    answers = at_once(
        environments, lambda _, each: each.book_quoted(rider_id, quote_id, watch.now + HOUR, "the-same-key")
    )

    assert codes(answers) == {"ok": 8}
    assert len({answer.id for answer in answers}) == 1
    assert bus.types() == {"ScheduledRideBooked": 1}


def test_a_sweeper_that_dies_before_its_commit_leaves_the_ride_to_the_next(
    environments: list[Environment], database_url: str, watch: Watch
) -> None:
    """Its connection is cut while its one statement waits for another transaction."""
    ride_id = due(environments[0], watch)
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select from scheduled_rides where id = %s for update", [ride_id])
        sweeping = pool.submit(environments[1].due_rides.sweep)
        waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%%dispatched%%'"
        eventually(lambda: environments[0].database.one(waiting, {}))
        environments[0].database.all(f"select pg_terminate_backend(pid) from ({waiting}) as dying", {})
        with suppress(DomainError):
            sweeping.result(timeout=20)
        other.rollback()

    assert environments[0].ride(ride_id).state == "scheduled"
    assert environments[0].ride_holds_together(ride_id)
    assert environments[2].due_rides.sweep() == {"dispatched": 1}
    assert environments[0].ride_holds_together(ride_id)


class NoBus(Bus):
    """Nothing gets through, as from a process that is gone after its commit."""

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        raise ConnectionError


def test_what_a_sweeper_that_dies_after_its_commit_has_not_published_is_in_the_outbox(
    environments: list[Environment], database_url: str, bus: Bus, watch: Watch
) -> None:
    ride_id = due(environments[0], watch)
    bus.taken.clear()
    dying = Environment(database_url, NoBus(), watch)

    assert dying.due_rides.sweep() == {"dispatched": 1}
    dying.database.close()

    left = environments[0].database.all("select type from outbox where type <> 'ScheduledRideBooked' order by id", {})
    assert {row["type"] for row in left} == {"TripRequested", "ScheduledRideDispatched"}
    assert bus.taken == []
    assert environments[0].ride(ride_id).state == "dispatched"
    assert environments[2].due_rides.sweep() == {}


def test_a_trip_that_was_booked_ahead_waits_for_a_driver_until_its_rider_does_not(
    environments: list[Environment], bus: Bus, watch: Watch
) -> None:
    """Dispatched at 18:55 for 19:00: the rider waits until 19:10, and the saga has two more minutes to end it."""
    first = environments[0]
    ride_id = due(first, watch)
    first.due_rides.sweep()
    trip_id = first.ride(ride_id).trip_id
    assert trip_id is not None
    watch.turn(REPUBLISH_AFTER + SECOND)
    assert first.stalled.sweep()["requests_republished"] == 1
    told = [each["detail"] for each in bus.taken if each["type"] == "TripRequested"]
    assert {each["waits_until"] for each in told} == {"2026-10-01T19:10:00Z"}
    first.trips.begin_matching(trip_id)

    watch.turn(GIVE_UP_AFTER + SECOND)
    assert first.stalled.sweep()["given_up"] == 0
    watch.now = datetime(2026, 10, 1, 19, 12, tzinfo=UTC)
    assert first.stalled.sweep()["given_up"] == 0
    watch.turn(SECOND)
    assert first.stalled.sweep()["given_up"] == 1
    assert first.trips.get(trip_id).state == "no_driver_found"
    assert first.ride_holds_together(ride_id)


def test_the_time_to_a_pickup_is_that_of_the_newest_in_the_zone_and_class(
    environments: list[Environment], watch: Watch
) -> None:
    first = environments[0]
    first.book(rider_with_card(first), HOUR)
    for minutes in range(1, 11):
        _arrived_after(first, watch, minutes * MINUTE)
    _arrived_after(first, watch, HOUR)
    first.database.execute("update trips set product = 'xl' where arrived_at - matching_at = '1 hour'", {})

    [recent] = first.rides.recent_pickups(watch.now + HOUR, watch.now - 24 * HOUR)
    [old] = first.rides.recent_pickups(watch.now + HOUR, since=watch.now + 2 * HOUR)

    assert (recent.zone, recent.product, recent.pickups) == ("sf-bay", "economy", 10)
    assert recent.pickup_s == pytest.approx(8.2 * 60)
    assert (old.pickups, old.pickup_s) == (0, None)
    assert first.rides.recent_pickups(watch.now - HOUR, watch.now) == []


def _arrived_after(environment: Environment, watch: Watch, time: timedelta) -> None:
    driver_id = uuid4()
    trip_id = environment.assigned(driver_id)
    watch.turn(time)
    environment.trips.arrive(driver_id, trip_id)
    watch.turn(-time)


def test_rides_that_are_held_up_do_not_keep_others_waiting(environments: list[Environment], watch: Watch) -> None:
    first = environments[0]
    rides = [first.book(rider_with_card(first), HOUR + number * SECOND).id for number in range(3)]
    watch.turn(HOUR - 5 * MINUTE)
    first.database.execute("update scheduled_rides set held_up_by = 'active_trip' where id = %(id)s", {"id": rides[0]})
    recent = first.rides.recent_pickups(watch.now + HOUR, watch.now)
    horizons = [Horizon(each.zone, each.product, watch.now + HOUR) for each in recent]

    assert [ride.id for ride in first.rides.due(horizons, 2)] == rides[1:]


def test_nobody_rewrites_a_rides_log(environments: list[Environment], watch: Watch) -> None:
    due(environments[0], watch)

    for statement in ("update scheduled_ride_events set type = 'x'", "delete from scheduled_ride_events"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            environments[0].database.execute(statement, {})
        with pytest.raises(psycopg.errors.RestrictViolation):
            environments[0].as_owner(statement)
