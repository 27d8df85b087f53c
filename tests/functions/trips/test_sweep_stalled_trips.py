from functions.trips import sweep_stalled_trips
from tests.functions.lambda_events import LambdaContext
from tests.functions.trips.rides import Rides
from tests.functions.trips.test_example_events import example


def test_a_stalled_trip_is_ended_and_told_of(rides: Rides) -> None:
    trip_id = rides.matching()
    rides.cloud.published()
    rides.cloud.rows("update trips set matching_at = now() - interval '8 minutes'")

    sweep_stalled_trips.app(example("sweep_stalled_trips"), LambdaContext())

    assert rides.get(trip_id).body["state"] == "no_driver_found"
    assert rides.published() == ["NoDriverFound"]
