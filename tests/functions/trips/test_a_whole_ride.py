from tests.functions.trips.conftest import Rides


def test_a_ride_goes_from_request_to_paid_and_each_step_is_told_to_the_bus(rides: Rides) -> None:
    trip_id = rides.paid()

    trip = rides.get(trip_id).body
    assert trip["state"] == "paid"
    assert trip["version"] == 7
    assert trip["final_amount_minor"] == 1840
    assert rides.published() == [
        "TripRequested",
        "TripMatching",
        "DriverAssigned",
        "DriverArrived",
        "TripStarted",
        "TripCompleted",
        "TripPaid",
    ]
    assert rides.cloud.rows("select id from outbox") == []
