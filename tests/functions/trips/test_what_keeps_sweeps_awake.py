"""No trip is slept on until it is over and settled, and no scheduled ride is late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType

import pytest

from functions.trips import sweep_scheduled_rides, sweep_silent_trips, sweep_stalled_trips
from tests.functions.sleeping import Night
from tests.functions.trips.rides import Rides
from tests.functions.trips.scheduling import Scheduling
from tests.market_data import SAN_FRANCISCO

OF_TRIPS = pytest.mark.parametrize("sweep", [sweep_stalled_trips, sweep_silent_trips])
LIVING: dict[str, Callable[[Rides], object]] = {
    "requested": Rides.requested,
    "matching": Rides.matching,
    "assigned": Rides.assigned,
    "arrived": Rides.arrived,
    "in progress": Rides.in_progress,
    "completed": Rides.completed,
    "cancelled": Rides.cancelled,
    "no driver found": Rides.no_driver_found,
}


@OF_TRIPS
@pytest.mark.parametrize("state", LIVING)
def test_a_trip_keeps_its_sweeps_awake_until_it_is_settled(
    night: Night, rides: Rides, sweep: ModuleType, state: str
) -> None:
    assert night.sleeps_after_a_run(sweep)

    LIVING[state](rides)

    assert not night.sleeps_after_a_run(sweep)
    assert not night.sleeps_after_a_run(sweep)


@OF_TRIPS
def test_a_trip_that_is_paid_is_over(night: Night, rides: Rides, sweep: ModuleType) -> None:
    rides.paid()

    assert night.sleeps_after_a_run(sweep)


@OF_TRIPS
def test_a_silence_that_is_not_forgotten_keeps_them_awake(night: Night, rides: Rides, sweep: ModuleType) -> None:
    trip_id = rides.paid()
    rides.cloud.rows("insert into trip_silences values (%s, gen_random_uuid(), now())", trip_id)

    assert not night.sleeps_after_a_run(sweep)


def test_a_scheduled_ride_wakes_its_sweep_before_it_can_be_due(night: Night, scheduling: Scheduling) -> None:
    scheduling.booked(timedelta(hours=7))
    sooner = scheduling.booked(timedelta(hours=3))

    assert night.sleeps_after_a_run(sweep_scheduled_rides)
    due = datetime.fromisoformat(sooner["pickup_at"]) - SAN_FRANCISCO.rules.scheduling.longest_lead
    assert night.wakes_at(sweep_scheduled_rides, due)


@pytest.mark.parametrize("minutes", [12, 0, -3])
def test_a_ride_whose_time_is_near_keeps_its_sweep_awake(night: Night, scheduling: Scheduling, minutes: int) -> None:
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"], timedelta(minutes=minutes))

    night.falls()
    assert not night.sleeps_after_a_run(sweep_scheduled_rides)


def test_a_ride_that_became_a_trip_is_left_to_the_sweeps_of_trips(night: Night, scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"])
    for sweep in (sweep_scheduled_rides, sweep_stalled_trips):
        assert not night.sleeps_after_a_run(sweep)

    assert night.sleeps_after_a_run(sweep_scheduled_rides)
    assert not night.sleeps_after_a_run(sweep_stalled_trips)
