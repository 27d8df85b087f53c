from uuid import UUID

import psycopg
import pytest

from functions.kernel import sweep_outbox
from rideflow.kernel.outbox import EventBridgePublisher
from rideflow.trips.model import TripState, rebuilt
from rideflow.trips.wiring import trips
from tests.functions.lambda_events import LambdaContext
from tests.functions.trips.rides import Rides
from tests.rebuilding import as_logged


def test_a_ride_goes_from_request_to_paid_and_each_step_is_told_to_the_bus(rides: Rides) -> None:
    trip_id = rides.paid()

    trip = rides.get(trip_id).body
    assert trip["state"] == "paid"
    assert trip["version"] == 7
    assert trip["final_amount_minor"] == 1840
    committed = rides.cloud.rows("select type from outbox order by created_at")
    assert (
        [row["type"] for row in committed]
        == rides.published()
        == [
            "TripRequested",
            "TripMatching",
            "DriverAssigned",
            "DriverArrived",
            "TripStarted",
            "TripCompleted",
            "TripPaid",
        ]
    )


@pytest.mark.parametrize("state", list(TripState))
def test_a_trip_in_any_state_is_what_its_log_tells(rides: Rides, state: TripState) -> None:
    trip = trips().get(UUID(rides.taken_to(state)))

    log = trips().log(trip.id)

    assert trip.state is state
    assert rebuilt(log) == as_logged(trip)
    assert [entry.seq for entry in log] == list(range(1, trip.version + 1))
    assert log[-1].data["state"] == state


def test_a_trip_that_was_handed_back_refused_a_pin_and_was_rematched_is_what_its_log_tells(rides: Rides) -> None:
    trip_id = rides.arrived()
    rides.start(trip_id, rides.wrong_pin(trip_id))
    rides.cancel(trip_id, rides.driver, {"reason": "flat tyre"})
    rides.gives(trip_id, rides.other_driver)

    assert rebuilt(trips().log(UUID(trip_id))) == as_logged(trips().get(UUID(trip_id)))


def test_the_log_is_append_only(rides: Rides) -> None:
    rides.requested()

    for statement in ("update trip_events set type = 'x'", "delete from trip_events", "truncate trip_events"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            rides.cloud.rows(statement)


def test_a_bus_that_is_down_loses_no_event(rides: Rides, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as bus:
        bus.setattr(EventBridgePublisher, "__call__", _down)
        trip_id = rides.requested()

    assert rides.published() == []
    assert [row["type"] for row in rides.cloud.rows("select type from outbox")] == ["TripRequested"]
    rides.cloud.rows("update outbox set due_at = due_at - interval '1 minute'")
    sweep_outbox.app({}, LambdaContext())
    assert [event["detail"]["trip_id"] for event in rides.cloud.published()] == [trip_id]
    assert rides.cloud.rows("select type from outbox") == []


def _down(publisher: EventBridgePublisher, envelopes: object) -> list[str]:
    raise ConnectionError
