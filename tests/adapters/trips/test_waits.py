"""A booking, an edit or a sweep that waited for another one decides on what is there after the wait.

Each test lets one transaction hold a lock, another call wait for it, the world change, and the transaction commit.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from rideflow.trips.errors import (
    ActiveTripExistsError,
    ScheduledRideConflictError,
    ScheduledRidesOverlapError,
    TooManyScheduledRidesError,
)
from rideflow.trips.scheduled.views import EditScheduledRide
from tests.adapters.trips.environments import Bus, Environment
from tests.adapters.trips.test_races import trips_of
from tests.adapters.trips.test_scheduled_rides import HOUR, MINUTE, Watch, due, rider_with_card
from tests.market_data import SAN_FRANCISCO
from tests.waiting import Held, held

pytestmark = pytest.mark.race


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def environments(database_url: str, bus: Bus, watch: Watch) -> Iterator[list[Environment]]:
    found = [Environment(database_url, bus, watch) for _ in range(2)]
    yield found
    for environment in found:
        environment.database.close()


@pytest.fixture
def here(environments: list[Environment]) -> Environment:
    """Whatever waits, waits here."""
    return environments[0]


@pytest.fixture
def other(environments: list[Environment]) -> Environment:
    """What is done there is committed when `meanwhile` ends."""
    return environments[1]


@pytest.fixture
def meanwhile(database_url: str, other: Environment) -> Callable[[], AbstractContextManager[Held]]:
    return partial(held, database_url, other.database)


def edited(environment: Environment, ride_id: UUID, **wanted: Any) -> Any:
    ride = environment.ride(ride_id)
    wanted_ride = EditScheduledRide(version=ride.version, **wanted)
    return environment.bookings.edit(ride.rider_id, ride_id, wanted_ride)


def cancelled(environment: Environment, ride_id: UUID) -> Any:
    return environment.bookings.cancel(environment.ride(ride_id).rider_id, ride_id)


# What one rider books and edits.


def test_a_booking_that_waited_for_another_is_refused_if_it_overlaps_it(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    rider_id, at = rider_with_card(here), watch.now + HOUR
    quotes = [here.quote(rider_id) for _ in range(2)]

    with meanwhile() as first:
        booked = other.book_quoted(rider_id, quotes[0], at)
        second = first.lets_wait(partial(here.book_quoted, rider_id, quotes[1], at + 10 * MINUTE))

    with pytest.raises(ScheduledRidesOverlapError) as refused:
        second.result()
    assert refused.value.extra["scheduled_ride_id"] == str(booked.id)
    assert [ride.id for ride in here.rides.open_of(rider_id)] == [booked.id]


def test_a_booking_that_waited_for_the_last_that_is_allowed_is_one_too_many(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    most = SAN_FRANCISCO.rules.scheduling.most_open
    rider_id = rider_with_card(here)
    for number in range(most - 1):
        here.book_quoted(rider_id, here.quote(rider_id), watch.now + (number + 1) * HOUR)
    quotes = [here.quote(rider_id) for _ in range(2)]

    with meanwhile() as first:
        other.book_quoted(rider_id, quotes[0], watch.now + most * HOUR)
        second = first.lets_wait(partial(here.book_quoted, rider_id, quotes[1], watch.now + (most + 1) * HOUR))

    with pytest.raises(TooManyScheduledRidesError):
        second.result()
    assert len(here.rides.open_of(rider_id)) == most


def test_a_booking_that_waited_for_an_edit_has_the_time_that_the_edit_has_left(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    rider_id, at = rider_with_card(here), watch.now + HOUR
    moved, quote_id = here.book_quoted(rider_id, here.quote(rider_id), at), here.quote(rider_id)

    with meanwhile() as editing:
        edited(other, moved.id, pickup_at=at + 5 * HOUR)
        booking = editing.lets_wait(partial(here.book_quoted, rider_id, quote_id, at))

    assert [ride.id for ride in here.rides.open_of(rider_id)] == [booking.result().id, moved.id]


def test_an_edit_that_waited_for_a_booking_is_refused_if_it_overlaps_it(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    rider_id, at = rider_with_card(here), watch.now + HOUR
    ride, quote_id = here.book_quoted(rider_id, here.quote(rider_id), at), here.quote(rider_id)

    with meanwhile() as booking:
        other.book_quoted(rider_id, quote_id, at + 5 * HOUR)
        editing = booking.lets_wait(partial(edited, here, ride.id, pickup_at=at + 5 * HOUR))

    with pytest.raises(ScheduledRidesOverlapError):
        editing.result()
    assert here.ride(ride.id).pickup_at == at


def test_another_rider_s_booking_waits_for_nobody(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    riders = [rider_with_card(here) for _ in range(2)]
    here.database.execute("set lock_timeout = '2s'", {})  # so that a wait fails the test and does not block it

    with meanwhile():
        other.book_quoted(riders[0], here.quote(riders[0]), watch.now + HOUR)
        here.book_quoted(riders[1], here.quote(riders[1]), watch.now + HOUR)

    booked = here.database.all("select rider_id from scheduled_rides where state = 'scheduled'", {})
    assert {row["rider_id"] for row in booked} == set(riders)


# The sweep, which takes no lock of the rider's: it dispatches a ride at the version at which it found it.


def test_a_sweep_that_waited_for_an_edit_leaves_the_ride_to_its_new_time(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    ride_id = due(here, watch)
    later = watch.now + 3 * HOUR

    with meanwhile() as editing:
        edited(other, ride_id, pickup_at=later)
        sweep = editing.lets_wait(here.due_rides.sweep)

    assert sweep.result() == {"changed": 1}
    ride = here.ride(ride_id)
    assert (ride.state, ride.pickup_at, trips_of(here, ride.rider_id)) == ("scheduled", later, [])
    assert here.ride_holds_together(ride_id)


def test_a_sweep_that_waited_for_a_cancellation_makes_no_trip(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    ride_id = due(here, watch)

    with meanwhile() as cancelling:
        cancelled(other, ride_id)
        sweep = cancelling.lets_wait(here.due_rides.sweep)

    assert sweep.result() == {"changed": 1}
    ride = here.ride(ride_id)
    assert (ride.state, trips_of(here, ride.rider_id)) == ("cancelled", [])
    assert here.ride_holds_together(ride_id)


@pytest.mark.parametrize("act", [edited, cancelled])
def test_a_change_that_waited_for_the_sweep_is_told_of_the_trip(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any, act: Any
) -> None:
    ride_id = due(here, watch)
    wanted = {"pickup_at": watch.now + 3 * HOUR} if act is edited else {}

    with meanwhile() as sweep:
        assert other.due_rides.sweep() == {"dispatched": 1}
        changing = sweep.lets_wait(partial(act, here, ride_id, **wanted))

    with pytest.raises(ScheduledRideConflictError) as refused:
        changing.result()
    assert refused.value.extra["trip_id"] == str(here.ride(ride_id).trip_id)
    assert here.ride_holds_together(ride_id)


def test_of_two_sweeps_the_one_that_waited_makes_no_second_trip(
    here: Environment, other: Environment, watch: Watch, bus: Bus, meanwhile: Any
) -> None:
    ride_id = due(here, watch)

    with meanwhile() as first:
        assert other.due_rides.sweep() == {"dispatched": 1}
        second = first.lets_wait(here.due_rides.sweep)

    assert second.result() == {"changed": 1}
    assert len(trips_of(here, here.ride(ride_id).rider_id)) == bus.types()["TripRequested"] == 1
    assert here.ride_holds_together(ride_id)


def test_a_sweep_that_waited_for_a_request_of_the_rider_holds_the_ride_up(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    ride_id = due(here, watch)
    rider_id = here.ride(ride_id).rider_id
    quote_id = here.quote(rider_id)

    with meanwhile() as requesting:
        other.request(rider_id, quote_id)
        sweep = requesting.lets_wait(here.due_rides.sweep)

    assert sweep.result() == {"active_trip": 1}
    ride = here.ride(ride_id)
    assert (ride.state, ride.held_up_by) == ("scheduled", "active_trip")
    assert [trip.quote_id for trip in trips_of(here, rider_id)] == [quote_id]
    assert here.ride_holds_together(ride_id)


def test_a_request_that_waited_for_the_sweep_is_told_of_the_rider_s_trip(
    here: Environment, other: Environment, watch: Watch, meanwhile: Any
) -> None:
    ride_id = due(here, watch)
    rider_id = here.ride(ride_id).rider_id
    quote_id = here.quote(rider_id)

    with meanwhile() as sweep:
        assert other.due_rides.sweep() == {"dispatched": 1}
        requesting = sweep.lets_wait(partial(here.request, rider_id, quote_id))

    with pytest.raises(ActiveTripExistsError):
        requesting.result()
    assert [trip.id for trip in trips_of(here, rider_id)] == [here.ride(ride_id).trip_id]
