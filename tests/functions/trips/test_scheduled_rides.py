from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from functions.trips import schedule_ride
from tests.functions.lambda_events import signed_in
from tests.functions.trips.rides import DROPOFF, PICKUP
from tests.functions.trips.scheduling import Scheduling, ahead

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def stored(scheduling: Scheduling) -> int:
    """Rows that a booking writes: all kinds, or none."""
    tables = (
        "scheduled_rides",
        "scheduled_ride_events",
        "outbox",
        "idempotency_keys where operation = 'schedule_ride'",
    )
    return sum(scheduling.rides.cloud.rows(f"select count(*) as n from {table}")[0]["n"] for table in tables)


def test_a_rider_with_a_card_and_a_quote_books_a_ride_at_its_price(scheduling: Scheduling) -> None:
    scheduling.rides.add_card()
    quote_id = scheduling.rides.quote()

    asked = scheduling.book(quote_id=quote_id)

    assert asked.status == 201
    assert (asked.body["state"], asked.body["version"], asked.body["quote_id"]) == ("scheduled", 1, quote_id)
    assert (asked.body["pickup"], asked.body["dropoff"]) == (PICKUP, DROPOFF)
    assert (asked.body["time_zone"], asked.body["trip_id"]) == ("America/Los_Angeles", None)
    assert asked.body["quoted_amount_minor"] == asked.body["quote_breakdown"]["total_minor"] > 0
    assert scheduling.get(asked.body["id"]).body == asked.body
    [event] = scheduling.rides.cloud.published()
    assert (event["source"], event["detail-type"]) == ("rideflow.trips", "ScheduledRideBooked")
    assert event["detail"]["scheduled_ride_id"] == asked.body["id"]


def test_a_pickup_time_with_any_offset_is_one_instant(scheduling: Scheduling) -> None:
    scheduling.rides.add_card()
    at = (datetime.now(UTC) + 3 * HOUR).replace(microsecond=0)

    asked = scheduling.book(pickup_at=at.astimezone(timezone(9 * HOUR)).isoformat())

    assert datetime.fromisoformat(asked.body["pickup_at"]) == at
    assert asked.body["pickup_at"].endswith("Z")


def test_a_rider_who_booked_ahead_rides_meanwhile(scheduling: Scheduling) -> None:
    scheduling.booked()

    assert scheduling.rides.request().status == 202


@pytest.mark.parametrize(
    ("in_", "code"),
    [
        (-HOUR, "pickup_too_soon"),
        (14 * MINUTE, "pickup_too_soon"),
        (timedelta(days=30, minutes=1), "pickup_too_far_ahead"),
    ],
)
def test_a_time_that_is_too_soon_or_too_far_off_is_refused_and_stores_nothing(
    scheduling: Scheduling, in_: timedelta, code: str
) -> None:
    scheduling.rides.add_card()

    refused = scheduling.book(in_)

    assert (refused.status, refused.code) == (422, code)
    assert refused.body["errors"][0]["field"] == "pickup_at"
    assert stored(scheduling) == 0


@pytest.mark.parametrize("in_", [timedelta(minutes=15, seconds=5), timedelta(days=29, hours=23)])
def test_the_first_and_the_last_time_that_can_be_booked(scheduling: Scheduling, in_: timedelta) -> None:
    assert scheduling.booked(in_)["state"] == "scheduled"


def test_a_rider_without_a_card_is_asked_for_one_and_nothing_is_stored(scheduling: Scheduling) -> None:
    refused = scheduling.book()

    assert (refused.status, refused.code) == (402, "payment_method_required")
    assert stored(scheduling) == 0


def test_a_quote_that_expired_or_is_another_riders_books_nothing(scheduling: Scheduling) -> None:
    scheduling.rides.add_card()
    expired = scheduling.rides.quote(valid_for=timedelta(seconds=-1))
    others = scheduling.rides.quote(signed_in("rider"))

    assert (scheduling.book(quote_id=expired).status, scheduling.book(quote_id=expired).code) == (409, "quote_expired")
    assert (scheduling.book(quote_id=others).status, scheduling.book(quote_id=others).code) == (404, "quote_not_found")
    assert stored(scheduling) == 0


def test_a_ride_within_half_an_hour_of_another_is_refused_and_names_it(scheduling: Scheduling) -> None:
    ride = scheduling.booked(2 * HOUR)

    refused = scheduling.book(2 * HOUR + 29 * MINUTE)

    assert (refused.status, refused.code) == (409, "scheduled_rides_overlap")
    assert refused.body["scheduled_ride_id"] == ride["id"]
    assert scheduling.book(2 * HOUR + 31 * MINUTE).status == 201


def test_a_rider_has_ten_scheduled_rides_at_most(scheduling: Scheduling) -> None:
    first = scheduling.booked(HOUR)
    for number in range(2, 11):
        assert scheduling.book(number * HOUR).status == 201

    refused = scheduling.book(12 * HOUR)

    assert (refused.status, refused.code) == (409, "too_many_scheduled_rides")
    assert scheduling.cancel(first["id"]).status == 200
    assert scheduling.book(12 * HOUR).status == 201


def test_the_same_key_books_one_ride_and_is_answered_alike_also_when_its_quote_has_expired(
    scheduling: Scheduling,
) -> None:
    scheduling.rides.add_card()
    quote_id, at = scheduling.rides.quote(), ahead(HOUR)
    first = scheduling.book(quote_id=quote_id, pickup_at=at, key="the-same-key")
    again = scheduling.book(quote_id=quote_id, pickup_at=at, key="the-same-key")
    scheduling.rides.cloud.rows("update quotes set expires_at = now(), created_at = now() - interval '1 minute'")

    assert scheduling.book(quote_id=quote_id, pickup_at=at, key="the-same-key") == again == first
    assert scheduling.rides.published() == ["ScheduledRideBooked"]
    other = scheduling.book(quote_id=quote_id, pickup_at=ahead(5 * HOUR), key="the-same-key")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed_request"),
        ({"quote_id": str(uuid4())}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": "2026-12-01T08:30:00"}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": "tomorrow"}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": 10**400}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": "9999-12-31T23:59:59-23:59"}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": "0001-01-01T00:00:00+23:59"}, 422, "invalid_input"),
        ({"quote_id": "me", "pickup_at": "2026-12-01T08:30:00Z"}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "pickup_at": "2026-12-01T08:30:00Z", "fare": 1}, 422, "invalid_input"),
    ],
)
def test_bad_input_is_told_apart_and_stores_nothing(scheduling: Scheduling, body: Any, status: int, code: str) -> None:
    scheduling.rides.add_card()

    refused = scheduling.rides.post(
        schedule_ride.app, "/v1/scheduled-rides", body, scheduling.rides.rider, key=str(uuid4())
    )

    assert (refused.status, refused.code) == (status, code)
    assert stored(scheduling) == 0


def test_another_time_keeps_the_price_and_another_quote_brings_its_own(scheduling: Scheduling) -> None:
    ride, at = scheduling.booked(), ahead(4 * HOUR)
    moved = scheduling.edit(ride["id"], {"version": 1, "pickup_at": at})
    quote_id = scheduling.rides.quote()
    requoted = scheduling.edit(ride["id"], {"version": 2, "quote_id": quote_id})

    assert (moved.status, moved.body["version"], moved.body["quote_id"]) == (200, 2, ride["quote_id"])
    assert datetime.fromisoformat(moved.body["pickup_at"]) == datetime.fromisoformat(at)
    assert (requoted.status, requoted.body["version"], requoted.body["quote_id"]) == (200, 3, quote_id)
    assert requoted.body["pickup_at"] == moved.body["pickup_at"]
    assert scheduling.get(ride["id"]).body == requoted.body
    assert scheduling.rides.published() == ["ScheduledRideBooked", "ScheduledRideEdited", "ScheduledRideEdited"]


def test_an_edit_of_a_version_that_is_no_more_is_refused_but_a_repeat_of_one_that_was_done_succeeds(
    scheduling: Scheduling,
) -> None:
    ride, at = scheduling.booked(), ahead(4 * HOUR)
    first = scheduling.edit(ride["id"], {"version": 1, "pickup_at": at})

    assert scheduling.edit(ride["id"], {"version": 1, "pickup_at": at}) == first
    refused = scheduling.edit(ride["id"], {"version": 1, "pickup_at": ahead(6 * HOUR)})

    assert (refused.status, refused.code, refused.body["version"]) == (409, "scheduled_ride_changed", 2)
    assert scheduling.rides.published() == ["ScheduledRideBooked", "ScheduledRideEdited"]


def test_an_edit_is_held_to_the_rules_of_booking(scheduling: Scheduling) -> None:
    ride = scheduling.booked(2 * HOUR)
    other = scheduling.book(4 * HOUR).body
    expired = scheduling.rides.quote(valid_for=timedelta(seconds=-1))
    edits: list[tuple[dict[str, Any], int, str]] = [
        ({"pickup_at": ahead(5 * MINUTE)}, 422, "pickup_too_soon"),
        ({"pickup_at": ahead(timedelta(days=31))}, 422, "pickup_too_far_ahead"),
        ({"pickup_at": ahead(4 * HOUR + MINUTE)}, 409, "scheduled_rides_overlap"),
        ({"quote_id": expired}, 409, "quote_expired"),
        ({"quote_id": str(uuid4())}, 404, "quote_not_found"),
        ({}, 422, "invalid_input"),
        ({"pickup_at": None}, 422, "invalid_input"),
        ({"pickup_at": ahead(HOUR), "state": "dispatched"}, 422, "invalid_input"),
    ]

    for edit, status, code in edits:
        refused = scheduling.edit(ride["id"], {"version": 1, **edit})
        assert (refused.status, refused.code) == (status, code), edit

    assert scheduling.edit(ride["id"], {"pickup_at": ahead(HOUR)}).status == 422  # without a version
    assert [scheduling.get(each["id"]).body for each in (ride, other)] == [ride, other]


def test_an_old_price_cannot_be_carried_on_by_moving_the_ride_again_and_again(scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    scheduling.rides.cloud.rows("update scheduled_rides set quoted_at = quoted_at - interval '29 days'")

    refused = scheduling.edit(ride["id"], {"version": 1, "pickup_at": ahead(timedelta(days=2))})

    assert (refused.status, refused.code) == (422, "pickup_too_far_ahead")
    quote_id = scheduling.rides.quote()
    edit = {"version": 1, "pickup_at": ahead(timedelta(days=2)), "quote_id": quote_id}
    assert scheduling.edit(ride["id"], edit).status == 200


def test_cancelling_costs_nothing_and_twice_is_once(scheduling: Scheduling) -> None:
    ride = scheduling.booked()

    first = scheduling.cancel(ride["id"])

    assert (first.status, first.body["state"], first.body["version"]) == (200, "cancelled", 2)
    assert scheduling.cancel(ride["id"]) == first
    assert scheduling.rides.published() == ["ScheduledRideBooked", "ScheduledRideCancelled"]
    refused = scheduling.edit(ride["id"], {"version": 2, "pickup_at": ahead(HOUR)})
    assert (refused.status, refused.code, refused.body["state"]) == (409, "scheduled_ride_state_conflict", "cancelled")


def test_somebody_elses_ride_looks_like_none_and_an_operator_reads_any(scheduling: Scheduling) -> None:
    ride, stranger = scheduling.booked(), signed_in("rider", "driver")

    edit = {"version": 1, "pickup_at": ahead(HOUR)}
    for ride_id in (ride["id"], str(uuid4())):
        answers = (
            scheduling.get(ride_id, stranger),
            scheduling.edit(ride_id, edit, stranger),
            scheduling.cancel(ride_id, stranger),
        )
        assert {(told.status, told.code) for told in answers} == {(404, "scheduled_ride_not_found")}
    assert scheduling.get(ride["id"], scheduling.rides.operator).body == ride
    refused = scheduling.edit(ride["id"], edit, scheduling.rides.operator)
    assert (refused.status, refused.code) == (403, "permission_missing")


def test_rides_are_listed_page_by_page_the_last_booked_first_and_by_state(scheduling: Scheduling) -> None:
    ids = [scheduling.booked(HOUR)["id"], *(scheduling.book(number * HOUR).body["id"] for number in (3, 2))]
    scheduling.cancel(ids[1])
    scheduling.rides.add_card(other := signed_in("rider"))
    assert scheduling.book(HOUR, rider=other).status == 201

    first = scheduling.page(limit="2").body
    last = scheduling.page(limit="2", cursor=first["next_cursor"]).body

    assert [ride["id"] for ride in (*first["scheduled_rides"], *last["scheduled_rides"])] == ids[::-1]
    assert last["next_cursor"] is None
    assert [ride["id"] for ride in scheduling.page(state="scheduled").body["scheduled_rides"]] == [ids[2], ids[0]]
    assert scheduling.page(state="lost").status == 422
    assert scheduling.page(cursor="?").code == "cursor_invalid"
