from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from rideflow.markets.rules import CancellationRules, SchedulingRules
from rideflow.trips import cancellation
from rideflow.trips.cancellation import NO_SHOW
from rideflow.trips.errors import ScheduledRideConflictError
from rideflow.trips.events import announced
from rideflow.trips.evidence import Seen
from rideflow.trips.model import Actor, TripState, requested
from rideflow.trips.scheduled.events import ScheduledRideEvent, ride_announced
from rideflow.trips.scheduled.lead import RecentPickups, horizon, is_missed, lead, waits_until
from rideflow.trips.scheduled.model import (
    RIDE_TRANSITIONS,
    OpenRide,
    RideOperation,
    RideState,
    ScheduledRide,
    booked,
    does_not_fit,
    ride_changed,
    too_soon,
)
from rideflow.trips.scheduled.views import EditScheduledRide
from tests.market_data import SAN_FRANCISCO
from tests.rebuilding import ride_rebuilt
from tests.unit.trips.trips import DRIVER, NOW, RIDER, trip_in

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
RULES = SchedulingRules(
    earliest_s=900, latest_days=30, most_open=2, apart_s=1800, usual_pickup_s=480, pickups_needed=20,
    longest_pickup_s=2400, slack_s=180, rider_waits_s=600,
)  # fmt: skip
ALLOWED = {
    "be edited": "scheduled",
    "be cancelled": "cancelled",
    "be held up": "scheduled",
    "be dispatched": "dispatched",
    "be missed": "missed",
}
"""Written by hand from the requirements: every operation starts from `scheduled`, and none from another state."""


def ride_in(state: RideState = RideState.SCHEDULED, **fields: Any) -> ScheduledRide:
    trip = trip_in(TripState.REQUESTED)
    over = state is not RideState.SCHEDULED
    return ScheduledRide(
        **trip.model_dump(include=ScheduledRide.model_fields.keys() - {"id", "state", "version"})
        | {
            "id": UUID("01890000-0000-7000-8000-000000000005"),
            "state": state,
            "version": 4,
            "pickup_at": NOW + HOUR,
            "time_zone": "America/Los_Angeles",
            "quoted_at": NOW - MINUTE,
            "booked_at": NOW,
            "trip_id": trip.id if state is RideState.DISPATCHED else None,
            "ended_at": NOW if over else None,
            **fields,
        }
    )


@pytest.mark.parametrize(("operation", "state"), list(product(RideOperation, RideState)))
def test_every_operation_in_every_state_changes_repeats_or_is_refused(
    operation: RideOperation, state: RideState
) -> None:
    ride, leads_to = ride_in(state), ALLOWED[operation]

    if state == "scheduled":
        change = ride_changed(ride, operation, Actor.SYSTEM, NOW)
        assert change is not None
        assert (change.ride.state, change.ride.version) == (leads_to, 5)
    elif state == leads_to:
        assert ride_changed(ride, operation, Actor.SYSTEM, NOW) is None
    else:
        with pytest.raises(ScheduledRideConflictError, match=f"is {state}: it cannot {operation}") as refused:
            ride_changed(ride, operation, Actor.SYSTEM, NOW)
        assert refused.value.extra == {"state": state, "trip_id": str(ride.trip_id) if ride.trip_id else None}


def test_the_log_tells_the_ride_and_names_who_changed_it() -> None:
    first = booked(ride_in(version=1))
    edited = ride_changed(first.ride, RideOperation.EDIT, Actor.RIDER, NOW, pickup_at=NOW + 2 * HOUR)
    assert edited is not None
    held_up = ride_changed(edited.ride, RideOperation.HOLD_UP, Actor.SYSTEM, NOW, held_up_by="active_trip")
    assert held_up is not None

    assert ride_rebuilt([first.entry, edited.entry, held_up.entry]) == held_up.ride
    assert edited.entry.data == {"state": "scheduled", "pickup_at": "2026-10-01T20:00:00Z"}
    assert (edited.entry.actor, edited.entry.actor_id) == ("rider", RIDER)
    assert (held_up.entry.actor, held_up.entry.actor_id) == ("system", None)


def test_each_change_has_its_event() -> None:
    events = {event.__name__ for event in ScheduledRideEvent.__subclasses__()}

    assert events == {"ScheduledRideBooked"} | {row.event for row in RIDE_TRANSITIONS.values()}
    for operation, row in RIDE_TRANSITIONS.items():
        change = ride_changed(ride_in(), operation, Actor.SYSTEM, NOW)
        assert change is not None
        event = ride_announced(change)
        assert (event.type, event.version, event.at) == (row.event, 5, NOW)
        assert event.envelope()["source"] == "rideflow.trips"


@pytest.mark.parametrize(
    ("ahead", "answer"), [(-HOUR, "pickup_too_soon"), (15 * MINUTE - SECOND, "pickup_too_soon"), (15 * MINUTE, None)]
)
def test_nobody_is_promised_a_car_at_once(ahead: timedelta, answer: str | None) -> None:
    refused = too_soon(NOW + ahead, NOW, RULES)

    assert (refused.code if refused else None) == answer
    if refused is not None:
        assert refused.extra["earliest"] == "2026-10-01T18:15:00+00:00"


@pytest.mark.parametrize(
    ("after_quote", "others_at", "answer"),
    [
        (HOUR, [], None),
        (timedelta(days=30), [], None),
        (timedelta(days=30) + SECOND, [], "pickup_too_far_ahead"),
        (HOUR, [3 * HOUR], None),
        (HOUR, [3 * HOUR, 4 * HOUR], "too_many_scheduled_rides"),
        (HOUR, [HOUR + 30 * MINUTE], None),
        (HOUR, [HOUR + 30 * MINUTE - SECOND], "scheduled_rides_overlap"),
        (HOUR, [30 * MINUTE + SECOND], "scheduled_rides_overlap"),
        (HOUR, [30 * MINUTE], None),
    ],
)
def test_a_booking_must_fit_beside_the_riders_other_rides(
    after_quote: timedelta, others_at: list[timedelta], answer: str | None
) -> None:
    others = [OpenRide(UUID(int=number), NOW + at) for number, at in enumerate(others_at)]

    refused = does_not_fit(NOW + after_quote, NOW, others, RULES)

    assert (refused.code if refused else None) == answer


@pytest.mark.parametrize(
    ("pickups", "pickup_s", "expected_s"),
    [(0, None, 480), (19, 1200, 480), (20, 1200, 1200), (20, 60, 60), (200, 99_999, 2400)],
)
def test_how_long_before_the_pickup_time_a_driver_is_looked_for(
    pickups: int, pickup_s: float | None, expected_s: float
) -> None:
    recent = RecentPickups("san_francisco", "sf-bay", "economy", pickups, pickup_s)

    assert lead(recent, RULES) == timedelta(seconds=expected_s + 180)
    assert lead(recent, RULES) <= RULES.longest_lead
    assert horizon(recent, NOW, RULES).until == NOW + lead(recent, RULES)


def test_a_rider_waits_ten_minutes_from_the_pickup_time_on() -> None:
    ride = ride_in(pickup_at=NOW)

    assert waits_until(ride, RULES) == NOW + 10 * MINUTE
    assert not is_missed(ride, NOW + 10 * MINUTE - SECOND, RULES)
    assert is_missed(ride, NOW + 10 * MINUTE, RULES)


def test_the_city_that_is_served_has_its_rules() -> None:
    rules = SAN_FRANCISCO.rules.scheduling

    assert (rules.earliest, rules.latest, rules.rider_waits) == (15 * MINUTE, timedelta(days=30), 10 * MINUTE)


def test_an_edit_names_its_changes_and_knows_when_it_is_done() -> None:
    ride = ride_in(pickup_at=NOW)

    with pytest.raises(ValidationError, match="say what is to be changed"):
        EditScheduledRide(version=1)
    assert EditScheduledRide(version=1, pickup_at=NOW).is_done(ride)
    assert EditScheduledRide(version=1, pickup_at=NOW, quote_id=ride.quote_id).is_done(ride)
    assert not EditScheduledRide(version=1, pickup_at=NOW, quote_id=UUID(int=1)).is_done(ride)
    assert not EditScheduledRide(version=1, pickup_at=NOW + SECOND).is_done(ride)


@pytest.mark.parametrize(
    ("arrived", "scheduled", "state"),
    [
        (-20 * MINUTE, 0 * MINUTE, "matching"),
        (-20 * MINUTE, -5 * MINUTE + SECOND, "matching"),
        (-20 * MINUTE, -5 * MINUTE, "cancelled"),
        (-5 * MINUTE + SECOND, -20 * MINUTE, "matching"),
        (-5 * MINUTE, -20 * MINUTE, "cancelled"),
    ],
)
def test_a_no_show_counts_from_the_arrival_and_from_the_pickup_time(
    arrived: timedelta, scheduled: timedelta, state: str
) -> None:
    times = {"arrived_at": NOW + arrived, "arrival_told_at": NOW + arrived, "scheduled_for": NOW + scheduled}
    trip = trip_in(TripState.DRIVER_ARRIVED, **times)
    rules = CancellationRules(cancellation_fee_minor=500, cancellation_grace_s=120, no_show_after_s=300)

    change = cancellation.cancelled_by_driver(trip, DRIVER, None, NOW, rules, seen=Seen(20, 100))

    assert change is not None
    assert change.trip.state == state
    assert (change.trip.cancel_reason == NO_SHOW) == (state == "cancelled")


def test_a_dispatched_ride_is_requested_by_nobody_but_us_and_says_how_long_its_rider_waits() -> None:
    until = datetime(2026, 10, 1, 18, 40, tzinfo=UTC)
    change = requested(trip_in(TripState.REQUESTED, waits_until=until), Actor.SYSTEM)

    [event] = announced(change)

    assert (change.entry.actor, change.entry.actor_id) == ("system", None)
    assert event.model_dump()["waits_until"] == until
