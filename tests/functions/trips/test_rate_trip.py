from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.person_keys import PersonKeys, PersonKeysUnavailableError
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.trips.model import TripState
from tests.functions.cloud import client, forget_wiring
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


def test_a_comment_is_answered_to_its_author_and_stands_nowhere_as_they_wrote_it(rides: Rides) -> None:
    trip_id, body = rides.paid(), {"stars": 2, "comment": "Grace sang all the way"}

    first, again = (rides.rate(trip_id, rides.rider, body, key="the-same-key") for _ in range(2))

    assert first == again
    assert first.body["comment"] == "Grace sang all the way"
    for table in ("trip_ratings", "trip_events", "outbox", "idempotency_keys"):
        assert "Grace" not in str(rides.cloud.rows(f"select * from {table}"))
    assert "Grace" not in str(rides.cloud.published())
    [rating] = rides.cloud.rows("select comment from trip_ratings")
    assert rating["comment"].startswith(f"sealed.1.{rides.rider.id}.")
    assert seals().open_text(rating["comment"], of_trip(UUID(trip_id), "rating_comment")) == "Grace sang all the way"


@pytest.mark.parametrize("comment", [None, ""])
def test_a_rating_without_a_comment_needs_no_key(
    rides: Rides, monkeypatch: pytest.MonkeyPatch, comment: str | None
) -> None:
    trip_id = rides.paid()
    monkeypatch.delenv("PERSON_KEYS_TABLE")
    forget_wiring()

    assert rides.rate(trip_id, rides.rider, {"stars": 5, "comment": comment}).body["comment"] == comment


def test_a_comment_that_cannot_be_sealed_is_asked_for_again(rides: Rides, monkeypatch: pytest.MonkeyPatch) -> None:
    trip_id, body = rides.paid(), {"stars": 2, "comment": "late"}

    def silent(*_asked: object) -> None:
        raise PersonKeysUnavailableError("please try again")

    with monkeypatch.context() as patched:
        patched.setattr(PersonKeys, "find", silent)
        refused = rides.rate(trip_id, rides.rider, body, key="the-same-key")
    assert (refused.status, refused.code) == (503, "person_keys_unavailable")
    assert rides.cloud.rows("select from trip_ratings") == []

    assert rides.rate(trip_id, rides.rider, body, key="the-same-key").body["comment"] == "late"


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


def test_an_erased_person_cannot_write_a_comment(rides: Rides) -> None:
    trip_id = rides.paid()
    client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(rides.rider.id)}})

    refused = rides.rate(trip_id, rides.rider, {"stars": 5, "comment": "smooth"})

    assert (refused.status, refused.code) == (409, "person_erased")
    assert rides.cloud.rows("select from trip_ratings") == []
