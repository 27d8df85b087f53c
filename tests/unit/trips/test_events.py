import pytest

from rideflow.trips import events
from rideflow.trips.events import TripEvent, announced
from rideflow.trips.model import TRANSITIONS, Actor, Operation, TripState, changed, requested
from tests.unit.trips.trips import NOW, trip_in
from tests.vehicles import PRIUS

UNTOLD = {"PinRefused", "TripSettled"}
"""Log entries that are not published."""

TOLD = {"TripRequested"} | {row.event for row in TRANSITIONS.values()} - UNTOLD


@pytest.mark.parametrize("operation", list(Operation))
def test_an_event_of_a_trip_carries_its_people_place_and_version(operation: Operation) -> None:
    row = TRANSITIONS[operation]
    trip = trip_in(min(row.allowed_in), started_at=NOW, completed_at=NOW, vehicle_id=PRIUS.id)
    change = changed(trip, operation, Actor.PLATFORM, NOW, cancelled_by=Actor.PLATFORM)
    assert change is not None

    told = announced(change)

    assert [event.type for event in told] == ([] if row.event in UNTOLD else [row.event])
    for event in told:
        assert (event.trip_id, event.version, event.at) == (trip.id, trip.version + 1, NOW)
        assert (event.zone, event.market, event.envelope()["source"]) == (trip.zone, trip.market, "rideflow.trips")


def test_there_is_an_event_for_all_that_is_told_and_for_nothing_else() -> None:
    classes = {name for name, value in vars(events).items() if isinstance(value, type) and issubclass(value, TripEvent)}

    assert classes - {"TripEvent", "TripRated"} == TOLD


def test_no_event_holds_the_pin() -> None:
    [event] = announced(requested(trip_in(TripState.REQUESTED, pin="secret")))

    assert "secret" not in event.model_dump_json()
