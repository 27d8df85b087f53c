from datetime import timedelta

import pytest

from rideflow.trips.model import TripState
from tests.functions.trips.rides import Rides


def test_both_sides_rate_a_completed_ride_once(rides: Rides) -> None:
    trip_id = rides.completed()

    by_rider = rides.rate(trip_id, rides.rider, {"stars": 5, "comment": "smooth"})
    by_driver = rides.rate(trip_id, rides.driver, {"stars": 4})
    again = rides.rate(trip_id, rides.rider, {"stars": 1})

    assert (by_rider.status, by_rider.body["rater"], by_rider.body["stars"]) == (201, "rider", 5)
    assert (by_driver.status, by_driver.body["rater"]) == (201, "driver")
    assert (again.status, again.code) == (409, "trip_already_rated")
    rated = [event["detail"] for event in rides.cloud.published() if event["detail-type"] == "TripRated"]
    assert [(event["rater"], event["ratee_id"], event["stars"]) for event in rated] == [
        ("rider", str(rides.driver.id), 5),
        ("driver", str(rides.rider.id), 4),
    ]


def test_the_same_key_twice_rates_once_and_is_answered_alike(rides: Rides) -> None:
    trip_id = rides.paid()

    first = rides.rate(trip_id, rides.rider, {"stars": 5}, key="the-same-key")

    assert rides.rate(trip_id, rides.rider, {"stars": 5}, key="the-same-key") == first
    assert rides.rate(trip_id, rides.rider, {"stars": 4}, key="the-same-key").code == "idempotency_key_reused"
    assert len(rides.cloud.rows("select * from trip_ratings")) == 1


@pytest.mark.parametrize(("days", "status"), [(6.99, 201), (7.01, 409)])
def test_a_ride_is_rated_within_seven_days(rides: Rides, days: float, status: int) -> None:
    trip_id = rides.completed()
    rides.made_earlier(trip_id, timedelta(days=days))

    assert rides.rate(trip_id, rides.driver, {"stars": 3}).status == status


@pytest.mark.parametrize("state", [TripState.DRIVER_ASSIGNED, TripState.IN_PROGRESS])
def test_a_ride_that_is_not_completed_is_not_rated(rides: Rides, state: TripState) -> None:
    refused = rides.rate(rides.taken_to(state), rides.rider, {"stars": 3})

    assert (refused.status, refused.code) == (409, "rating_closed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stars": 0},
        {"stars": 6},
        {"stars": 4.5},
        {"stars": "5"},
        {"stars": True},
        {"stars": 5, "comment": "x" * 501},
    ],
)
def test_stars_are_one_to_five_whole_ones(rides: Rides, body: object) -> None:
    assert rides.rate(rides.completed(), rides.rider, body).status == 422
