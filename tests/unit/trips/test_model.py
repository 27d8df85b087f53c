from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from rideflow.trips.cancellation import handed_back
from rideflow.trips.errors import TripConflictError
from rideflow.trips.model import ACTIVE, TRANSITIONS, Actor, Operation, TripState, changed, rebuilt, requested
from tests.rebuilding import as_logged
from tests.unit.trips.trips import DRIVER, NOW, trip_in
from tests.vehicles import PRIUS

TO_THE_DRIVER = {"requested", "matching", "driver_assigned", "driver_arrived"}
ALLOWED = {
    "begin matching": {"requested": "matching"},
    "be refused for its payment": {"requested": "cancelled"},
    "be given up": {"matching": "no_driver_found"},
    "be assigned": {"matching": "driver_assigned"},
    "be arrived at": {"driver_assigned": "driver_arrived"},
    "refuse a PIN": {"driver_arrived": "driver_arrived"},
    "start": {"driver_arrived": "in_progress"},
    "be completed": {"in_progress": "completed"},
    "be cancelled": dict.fromkeys(TO_THE_DRIVER, "cancelled"),
    "be cancelled by an operator": dict.fromkeys(TO_THE_DRIVER | {"in_progress"}, "cancelled"),
    "be handed back": {"driver_assigned": "matching", "driver_arrived": "matching"},
    "be paid": {"completed": "paid", "payment_failed": "paid"},
    "fail to be paid": {"completed": "payment_failed"},
    "be settled without a ride": {"cancelled": "cancelled", "no_driver_found": "no_driver_found"},
}
"""Written by hand from the requirements; the table under test must be equal."""

REPEATS = {
    (Operation.COMPLETE, TripState.PAID),
    (Operation.COMPLETE, TripState.PAYMENT_FAILED),
}


@pytest.mark.parametrize(("operation", "state"), list(product(Operation, TripState)))
def test_every_operation_in_every_state_changes_repeats_or_is_refused(operation: Operation, state: TripState) -> None:
    trip, leads_to = trip_in(state), ALLOWED[operation]

    if state in leads_to:
        change = changed(trip, operation, Actor.SYSTEM, NOW)
        assert change is not None
        assert (change.trip.state, change.trip.version) == (leads_to[state], trip.version + 1)
    elif state in leads_to.values() or (operation, state) in REPEATS:
        assert changed(trip, operation, Actor.SYSTEM, NOW) is None
    else:
        with pytest.raises(TripConflictError, match=f"The trip is {state}: it cannot {operation} unless") as refused:
            changed(trip, operation, Actor.SYSTEM, NOW)
        assert refused.value.extra == {"state": state}


def test_every_state_but_the_last_ones_can_be_left_and_all_are_reached() -> None:
    edges = {
        (state, row.leads_to) for row in TRANSITIONS.values() for state in row.allowed_in if row.leads_to is not None
    }
    reached, frontier = {TripState.REQUESTED}, {TripState.REQUESTED}
    while frontier:
        frontier = {to for state, to in edges if state in frontier} - reached
        reached |= frontier

    assert reached == set(TripState)
    assert {state for state in TripState if state not in {left for left, _ in edges}} == {
        TripState.PAID,
        TripState.CANCELLED,
        TripState.NO_DRIVER_FOUND,
    }


def test_no_operation_brings_an_ended_trip_back() -> None:
    for row in TRANSITIONS.values():
        if row.leads_to in ACTIVE:
            assert row.allowed_in <= ACTIVE


def test_a_change_is_logged_with_the_fields_that_it_set_and_nothing_else() -> None:
    trip = trip_in(TripState.DRIVER_ASSIGNED)

    change = changed(trip, Operation.ARRIVE, Actor.DRIVER, NOW, actor_id=DRIVER, arrived_at=NOW)

    assert change is not None
    assert change.entry.data == {"state": "driver_arrived", "arrived_at": "2026-10-01T18:00:00Z"}
    assert (change.entry.seq, change.entry.actor, change.entry.actor_id) == (trip.version + 1, "driver", DRIVER)


@pytest.mark.parametrize("state", [TripState.DRIVER_ASSIGNED, TripState.DRIVER_ARRIVED])
def test_the_log_has_the_id_of_a_vehicle_and_never_its_plate(state: TripState) -> None:
    trip = trip_in(state)

    given_back = handed_back(trip, Actor.DRIVER, DRIVER, None, NOW)
    first = requested(trip)

    assert given_back is not None
    assert (first.entry.data["vehicle_id"], given_back.entry.data["vehicle_id"]) == (str(PRIUS.id), None)
    assert "vehicle" not in first.entry.data.keys() | given_back.entry.data.keys()
    assert PRIUS.plate not in trip.model_dump_json()
    assert rebuilt([first.entry]) == as_logged(trip)


def test_further_data_of_a_log_entry_does_not_become_part_of_the_trip() -> None:
    first = requested(trip_in(TripState.REQUESTED))
    told = changed(first.trip, Operation.BEGIN_MATCHING, Actor.SYSTEM, NOW, told={"reason": "x"}, matching_at=NOW)

    assert told is not None
    assert told.entry.data["reason"] == "x"
    assert rebuilt([first.entry, told.entry]) == told.trip


def test_the_log_keeps_every_digit_of_a_coordinate_and_every_microsecond() -> None:
    trip = trip_in(TripState.REQUESTED).model_copy(
        update={
            "pickup_lat": 37.774929000000001,
            "pickup_cell": 2**63 - 1,
            "requested_at": datetime(2026, 10, 1, 18, 0, 0, 123457, tzinfo=UTC) + timedelta(microseconds=1),
        }
    )

    assert rebuilt([requested(trip).entry]) == trip


def test_ids_in_the_log_are_those_of_the_trip() -> None:
    trip = trip_in(TripState.REQUESTED)

    assert requested(trip).entry.trip_id == trip.id
    assert isinstance(rebuilt([requested(trip).entry]).rider_id, UUID)
