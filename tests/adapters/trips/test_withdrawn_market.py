"""What becomes of trips and booked rides whose market a deploy has taken away (ADR 125)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from rideflow.markets.errors import MarketWithdrawnError
from rideflow.markets.loading import DEPLOYED as OURS
from rideflow.markets.loading import markets_in
from rideflow.markets.model import Markets
from rideflow.trips.model import Verdict
from rideflow.trips.scheduled.views import EditScheduledRide
from tests.adapters.supply.index import DriverIndex
from tests.adapters.trips.environments import Bus, Environment
from tests.adapters.trips.road import MINUTE, SECOND, Road, Watch
from tests.cluster_client import cluster_client
from tests.new_york import TIMES_SQUARE, WALL_STREET, new_york_alone

HOUR = timedelta(hours=1)
BROADWAY = TIMES_SQUARE, WALL_STREET


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Markets:
    return new_york_alone(tmp_path)


@pytest.fixture
def before(database_url: str, bus: Bus, watch: Watch, tmp_path: Path, elsewhere: Markets) -> Iterator[Environment]:
    """San Francisco is deployed, beside New York."""
    found = Environment(database_url, bus, watch, markets_in(OURS, tmp_path))
    yield found
    found.database.close()


@pytest.fixture
def after(database_url: str, bus: Bus, watch: Watch, elsewhere: Markets) -> Iterator[Environment]:
    """The deploy that has taken San Francisco away."""
    found = Environment(database_url, bus, watch, elsewhere)
    yield found
    found.database.close()


@pytest.fixture
def road(after: Environment, redis_url: str, watch: Watch, elsewhere: Markets) -> Iterator[Road]:
    redis = cluster_client(redis_url)
    yield Road(after, DriverIndex(redis, elsewhere), watch, elsewhere)
    redis.close()


def rider(environment: Environment) -> UUID:
    rider_id = uuid4()
    environment.add_card(rider_id)
    return rider_id


def test_a_ride_under_way_goes_on_to_its_end(before: Environment, after: Environment) -> None:
    driver_id = uuid4()
    trip_id = before.assigned(driver_id)

    trip = after.trips.arrive(driver_id, trip_id)
    after.trips.start(driver_id, trip_id, trip.pin)
    after.trips.complete(driver_id, trip_id)

    assert after.trips.get(trip_id).state == "completed"
    assert after.holds_together(trip_id)


def test_to_cancel_costs_the_rider_nothing_however_late(before: Environment, after: Environment, watch: Watch) -> None:
    trip = before.trips.get(before.arrived(uuid4()))
    watch.turn(HOUR)

    cancelled = after.trips.cancel(trip.rider_id, trip.id, None)

    assert (cancelled.state, cancelled.cancellation_fee_minor) == ("cancelled", 0)


def test_a_driver_may_hand_the_trip_back(before: Environment, after: Environment) -> None:
    driver_id = uuid4()

    assert after.trips.cancel(driver_id, before.assigned(driver_id), None).state == "matching"


def test_operators_end_trips_without_the_market_s_figures(before: Environment, after: Environment) -> None:
    ridden, waiting = before.in_progress(uuid4()), before.arrived(uuid4())

    completed = after.operators.complete(uuid4(), ridden, None)
    cancelled = after.operators.cancel(uuid4(), waiting, Verdict.RIDER)

    assert completed.state == "completed"
    assert (cancelled.state, cancelled.cancellation_fee_minor) == ("cancelled", 0)


def test_a_quote_of_the_market_is_refused_by_a_code(before: Environment, after: Environment) -> None:
    rider_id = rider(before)
    quote_id = before.quote(rider_id)

    with pytest.raises(MarketWithdrawnError):
        after.request(rider_id, quote_id)
    with pytest.raises(MarketWithdrawnError):
        after.book_quoted(rider_id, quote_id, after.clock() + HOUR)
    assert after.database.all("select id from trips", {}) == []


def test_a_trip_is_listed_and_taken_out_of_its_state_in_time(
    before: Environment, after: Environment, road: Road
) -> None:
    trip_id = before.assigned(uuid4())

    road.passes(45 * MINUTE - SECOND)
    assert after.stuck_list.stuck(9, None).trips == ()
    road.passes(SECOND)
    assert [(stuck.trip.id, stuck.reason) for stuck in after.stuck_list.stuck(9, None).trips] == [(trip_id, "too_long")]

    assert road.passes(75 * MINUTE - SECOND)["handed_back"] == 0
    assert road.passes(SECOND)["handed_back"] == 1
    assert road.state(trip_id) == "matching"


@pytest.mark.parametrize(("state", "then"), [("driver_arrived", "cancelled"), ("in_progress", "completed")])
def test_a_trip_whose_driver_nobody_can_hear_ends(
    before: Environment, road: Road, watch: Watch, state: str, then: str
) -> None:
    driver_id = uuid4()
    trip_id = before.arrived(driver_id) if state == "driver_arrived" else before.in_progress(driver_id)
    watch.turn(12 * HOUR)

    assert road.silent.sweep() == {"handed_back": 0, "listed": 0, "ended": 1}
    assert road.state(trip_id) == then


def test_a_booked_ride_is_held_up_and_missed_and_the_others_are_dispatched(
    before: Environment, after: Environment, bus: Bus, watch: Watch
) -> None:
    in_san_francisco, rider_id = before.book(rider(before), HOUR).id, rider(before)
    quote_id = before.quote(rider_id, BROADWAY, "standard")
    in_new_york = before.book_quoted(rider_id, quote_id, before.clock() + HOUR).id
    watch.turn(HOUR - 5 * MINUTE)

    assert after.due_rides.sweep() == {"dispatched": 1, "market_withdrawn": 1}
    assert after.due_rides.sweep() == {"market_withdrawn": 1}

    told = [envelope["detail"] for envelope in bus.taken if envelope["type"] == "ScheduledRideHeldUp"]
    assert [(each["scheduled_ride_id"], each["held_up_by"]) for each in told] == [
        (str(in_san_francisco), "market_withdrawn")
    ]
    assert after.ride(in_new_york).state == "dispatched"

    watch.turn(15 * MINUTE)
    assert after.due_rides.sweep() == {"missed": 1}
    assert after.ride(in_san_francisco).state == "missed"
    assert after.ride_holds_together(in_san_francisco)


def test_a_booked_ride_whose_market_is_back_in_time_is_dispatched(
    before: Environment, after: Environment, watch: Watch
) -> None:
    ride_id = before.book(rider(before), HOUR).id
    watch.turn(HOUR - 5 * MINUTE)
    after.due_rides.sweep()

    assert before.due_rides.sweep() == {"dispatched": 1}
    assert before.ride(ride_id).state == "dispatched"


def test_a_booked_ride_can_be_cancelled_and_moved_to_where_people_drive(
    before: Environment, after: Environment
) -> None:
    ride = before.book(rider(before), HOUR)
    later = EditScheduledRide(version=ride.version, pickup_at=ride.pickup_at + HOUR)
    with pytest.raises(MarketWithdrawnError):
        after.bookings.edit(ride.rider_id, ride.id, later)

    quote_id = after.quote(ride.rider_id, BROADWAY, "standard")
    moved = after.bookings.edit(ride.rider_id, ride.id, EditScheduledRide(version=ride.version, quote_id=quote_id))
    assert moved.market == "new_york"

    other = before.book(rider(before), HOUR)
    assert after.bookings.cancel(other.rider_id, other.id).state == "cancelled"
