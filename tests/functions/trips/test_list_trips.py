from typing import Any

import pytest

from functions.trips import list_trips
from rideflow.kernel.access import Caller
from tests.functions.lambda_events import Answer, answer, rest_event
from tests.functions.trips.rides import Rides


def listed(caller: Caller, **query: Any) -> Answer:
    return answer(list_trips.app, rest_event("GET", "/v1/trips", caller=caller, query=query))


def test_my_trips_come_newest_first_in_pages_that_miss_and_repeat_none(rides: Rides) -> None:
    mine = [rides.cancelled() for _ in range(5)]

    first = listed(rides.rider, limit="2").body
    mine.append(rides.cancelled())
    second = listed(rides.rider, limit="2", cursor=first["next_cursor"]).body
    third = listed(rides.rider, limit="2", cursor=second["next_cursor"]).body

    pages = [trip["id"] for page in (first, second, third) for trip in page["trips"]]
    assert pages == list(reversed(mine[:5]))
    assert third["next_cursor"] is None


def test_drivers_see_the_trips_they_drive_and_never_a_pin(rides: Rides) -> None:
    trip_id = rides.assigned()

    [seen] = listed(rides.driver).body["trips"]

    assert (seen["id"], seen["pin"]) == (trip_id, None)
    assert listed(rides.rider).body["trips"][0]["pin"] is not None
    assert listed(rides.other_driver).body["trips"] == []


def test_who_rides_and_drives_sees_both(rides: Rides) -> None:
    driven = rides.completed()
    as_rider = Caller(rides.driver.id, frozenset({"rider", "driver"}), rides.rider.permissions)
    ridden = rides.requested(as_rider)

    assert [trip["id"] for trip in listed(as_rider).body["trips"]] == [ridden, driven]


def test_nobody_drives_themselves(rides: Rides) -> None:
    trip_id = rides.matching()

    with pytest.raises(Exception, match="cannot be assigned"):
        rides.gives(trip_id, rides.rider)


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"cursor": "x"}, {"cursor": "é"}, {"cursor": "x" * 65}]
)
def test_a_wrong_limit_or_cursor_is_refused(rides: Rides, query: dict[str, str]) -> None:
    assert listed(rides.rider, **query).status == 422
