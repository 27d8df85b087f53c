from datetime import timedelta
from uuid import UUID

import pytest

from functions.trips import list_trips
from rideflow.kernel.access import Caller
from rideflow.kernel.person_keys import PersonKeys, PersonKeysUnavailableError
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.trips.model import TripState
from rideflow.trips.wiring import trips
from tests.functions.cloud import client, forget_wiring
from tests.functions.lambda_events import Json, answer, rest_event
from tests.functions.trips.rides import Rides


def test_a_rider_cancels_free_of_charge_before_a_driver_is_assigned(rides: Rides) -> None:
    for trip_id in (rides.requested(), rides.matching):
        cancelled = rides.cancel(trip_id if isinstance(trip_id, str) else trip_id(), rides.rider, {"reason": "walking"})

        assert cancelled.status == 200
        assert cancelled.body["state"] == "cancelled"
        assert cancelled.body["cancelled_by"] == "rider"
        assert cancelled.body["cancel_reason"] == "walking"
        assert cancelled.body["cancellation_fee_minor"] == 0


@pytest.mark.parametrize(("minutes", "fee_minor"), [(1.9, 0), (2.1, 500)])
def test_a_rider_pays_for_cancelling_after_the_grace(rides: Rides, minutes: float, fee_minor: int) -> None:
    trip_id = rides.arrived()
    rides.made_earlier(trip_id, timedelta(minutes=minutes))

    assert rides.cancel(trip_id, rides.rider).body["cancellation_fee_minor"] == fee_minor
    event = rides.cloud.published()[-1]
    assert event["detail-type"] == "TripCancelled"
    assert event["detail"]["fee_minor"] == fee_minor
    assert event["detail"]["driver_id"] == str(rides.driver.id)


@pytest.mark.parametrize(
    ("was_m", "is_m", "fee_minor", "verdict", "rule"),
    [
        (3000, 2000, 500, "rider", "driver_came_nearer"),
        (3000, 3000, 0, "driver", "driver_never_moved"),
        (3000, 4000, 0, "driver", "driver_moved_away"),
        (300, 50, 500, "rider", "driver_at_pickup"),
    ],
)
def test_after_the_grace_a_rider_pays_if_the_driver_came(
    rides: Rides, was_m: int, is_m: int, fee_minor: int, verdict: str, rule: str
) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, timedelta(minutes=6))
    rides.was_asked(trip_id, was_m)
    rides.stands(is_m)

    cancelled = rides.cancel(trip_id, rides.rider)

    assert (cancelled.body["cancellation_fee_minor"], cancelled.body["cancel_verdict"]) == (fee_minor, verdict)
    assert cancelled.body["cancel_rule"] == rides.get(trip_id).body["cancel_rule"] == rule
    told = rides.cloud.published()[-1]["detail"]
    assert (told["fee_minor"], told["verdict"], told["rule"]) == (fee_minor, verdict, rule)
    evidence = trips().log(UUID(trip_id))[-1].data["evidence"]
    assert (evidence["assigned_distance_m"], evidence["last_distance_m"]) == (was_m, is_m)


def test_a_driver_who_was_never_heard_of_since_the_assignment_costs_nothing(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, timedelta(minutes=6))
    rides.was_asked(trip_id, 3000)
    rides.stands(100, ago=timedelta(minutes=7))

    cancelled = rides.cancel(trip_id, rides.rider)

    assert (cancelled.body["cancellation_fee_minor"], cancelled.body["cancel_rule"]) == (0, "not_known")


def test_while_positions_cannot_be_read_a_rider_cancels_free_of_charge(
    rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, timedelta(minutes=6))
    rides.was_asked(trip_id, 3000)
    rides.stands(100)
    monkeypatch.setenv("REDIS_PORT", "9")
    forget_wiring()

    cancelled = rides.cancel(trip_id, rides.rider)

    assert (cancelled.status, cancelled.body["cancellation_fee_minor"]) == (200, 0)
    assert (cancelled.body["cancel_verdict"], cancelled.body["cancel_rule"]) == ("nobody", "not_known")


def test_cancelling_again_succeeds_and_changes_nothing(rides: Rides) -> None:
    trip_id = rides.assigned()
    first = rides.cancel(trip_id, rides.rider, {"reason": "rain"})
    rides.made_earlier(trip_id, timedelta(minutes=10))

    again = rides.cancel(trip_id, rides.rider, {"reason": "another"})

    assert (again.status, again.body["cancellation_fee_minor"]) == (200, 0)
    assert again.body["version"] == first.body["version"]
    assert again.body["cancel_reason"] == "rain"


@pytest.mark.parametrize(
    "state", [TripState.IN_PROGRESS, TripState.COMPLETED, TripState.PAID, TripState.NO_DRIVER_FOUND]
)
def test_what_has_begun_or_is_over_cannot_be_cancelled(rides: Rides, state: TripState) -> None:
    trip_id = rides.taken_to(state)

    refused = rides.cancel(trip_id, rides.rider)

    assert (refused.status, refused.code, refused.body["state"]) == (409, "trip_state_conflict", state)


def opened(event: Json, author: Caller) -> str | None:
    """The reason that an event carries, sealed for its author."""
    reason, trip_id = event["detail"]["reason"], UUID(event["detail"]["trip_id"])
    assert reason.startswith(f"sealed.1.{author.id}.")
    return seals().open_text(reason, of_trip(trip_id, "cancel_reason"))


@pytest.mark.parametrize("state", [TripState.DRIVER_ASSIGNED, TripState.DRIVER_ARRIVED])
def test_a_driver_hands_the_trip_back_and_it_is_matched_anew(rides: Rides, state: TripState) -> None:
    trip_id = rides.taken_to(state)

    handed_back = rides.cancel(trip_id, rides.driver, {"reason": "flat tyre"})

    assert (handed_back.status, handed_back.body["state"]) == (200, "matching")
    assert rides.get(trip_id, rides.driver).status == 404
    seen = rides.get(trip_id).body
    assert (seen["driver_id"], seen["vehicle"], seen["assigned_at"], seen["pin"]) == (None, None, None, None)
    event = rides.cloud.published()[-1]
    assert (event["detail-type"], event["detail"]["driver_id"]) == ("DriverCancelled", str(rides.driver.id))
    assert opened(event, rides.driver) == "flat tyre"
    assert event["detail"]["state"] == "matching"


def test_a_driver_who_repeats_to_hand_back_sees_the_trip_as_they_left_it(rides: Rides) -> None:
    trip_id = rides.assigned()
    first = rides.cancel(trip_id, rides.driver)
    rides.gives(trip_id, rides.other_driver)

    assert rides.cancel(trip_id, rides.driver) == first
    assert rides.get(trip_id).body["driver_id"] == str(rides.other_driver.id)


def test_a_driver_who_waited_five_minutes_in_vain_is_owed_the_fee(rides: Rides) -> None:
    trip_id = rides.arrived()
    rides.made_earlier(trip_id, timedelta(minutes=5, seconds=1))

    no_show = rides.cancel(trip_id, rides.driver)

    assert no_show.body["state"] == "cancelled"
    assert no_show.body["cancelled_by"] == "driver"
    assert no_show.body["cancel_reason"] == "rider_no_show"
    assert no_show.body["cancellation_fee_minor"] == 500
    assert rides.cancel(trip_id, rides.driver).body == no_show.body


def test_cancelling_needs_no_body_and_refuses_a_wrong_one(rides: Rides) -> None:
    trip_id = rides.requested()

    assert rides.cancel(trip_id, rides.rider, {"reason": "x" * 201}).status == 422
    assert rides.cancel(trip_id, rides.rider, {"fee": 0}).status == 422
    assert rides.cancel(trip_id, rides.rider, "[").status == 400
    assert rides.cancel(trip_id, rides.rider, None).status == 200


@pytest.mark.parametrize("by", ["rider", "driver"])
def test_what_a_person_wrote_stands_nowhere_as_they_wrote_it(rides: Rides, by: str) -> None:
    trip_id = rides.assigned()
    author = rides.rider if by == "rider" else rides.driver

    answered = rides.cancel(trip_id, author, {"reason": "my sister Grace is ill"})

    assert answered.body["cancel_reason"] == ("my sister Grace is ill" if by == "rider" else None)
    for table in ("trips", "trip_events", "outbox", "idempotency_keys"):
        assert "Grace" not in str(rides.cloud.rows(f"select * from {table}"))
    told = rides.cloud.published()
    assert "Grace" not in str(told)
    assert opened(told[-1], author) == "my sister Grace is ill"


def test_a_reason_is_shown_wherever_the_trip_is(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.cancel(trip_id, rides.rider, {"reason": "rain"})

    for person in (rides.rider, rides.driver, rides.operator):
        assert rides.get(trip_id, person).body["cancel_reason"] == "rain"
    page = answer(list_trips.app, rest_event("GET", "/v1/trips", None, rides.driver))
    assert [trip["cancel_reason"] for trip in page.body["trips"]] == ["rain"]


def test_a_reason_is_gone_once_its_author_is_erased(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.cancel(trip_id, rides.rider, {"reason": "rain"})

    client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(rides.rider.id)}})
    forget_wiring()

    shown = rides.get(trip_id, rides.driver)
    assert (shown.status, shown.body["state"], shown.body["cancel_reason"]) == (200, "cancelled", None)


def test_a_trip_is_given_up_also_while_the_keys_cannot_be_read(
    rides: Rides, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trip_id = rides.assigned()

    def silent(*_asked: object) -> None:
        raise PersonKeysUnavailableError("no route to DynamoDB")

    monkeypatch.setattr(PersonKeys, "find", silent)
    cancelled = rides.cancel(trip_id, rides.rider, {"reason": "rain"})

    assert (cancelled.status, cancelled.body["state"], cancelled.body["cancel_reason"]) == (200, "cancelled", None)
    assert rides.cloud.rows("select state, cancel_reason from trips") == [{"state": "cancelled", "cancel_reason": None}]
    assert '"CancelReasonDropped":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_trip_is_given_up_also_by_a_person_who_was_just_erased(rides: Rides) -> None:
    trip_id = rides.assigned()
    client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(rides.rider.id)}})

    cancelled = rides.cancel(trip_id, rides.rider, {"reason": "rain"})

    assert (cancelled.status, cancelled.body["state"], cancelled.body["cancel_reason"]) == (200, "cancelled", None)
