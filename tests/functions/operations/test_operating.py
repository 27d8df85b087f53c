"""What operators do to trips, with permission, reason and audit."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.operations import list_stuck_trips, operator_cancel, operator_complete, operator_reassign
from rideflow.kernel.access import Caller
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.trips.model import TripState
from rideflow.trips.wiring import trips
from tests.functions.cloud import client, forget_wiring
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in
from tests.functions.trips.rides import Rides
from tests.vehicles import PRIUS

APPS = {"complete": operator_complete.app, "cancel": operator_cancel.app, "reassign": operator_reassign.app}
TO_THE_END = {"requested", "matching", "driver_assigned", "driver_arrived", "in_progress"}


def act(rides: Rides, what: str, trip_id: str, caller: Caller | None = None, **more: Any) -> Answer:
    body: dict[str, Any] = {"reason": "The rider called."}
    body |= {"verdict": "nobody"} if what == "cancel" else {}
    body |= {"driver_id": str(rides.driver.id)} if what == "reassign" else {}
    path = f"/v1/trips/{trip_id}/operator/{what}"
    return rides.post(APPS[what], path, body | more, caller or rides.operator)


def stuck(rides: Rides, caller: Caller | None = None, **query: str) -> Answer:
    event = rest_event("GET", "/v1/trips/stuck", caller=caller or rides.operator)
    event["queryStringParameters"] = query or None
    event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
    return answer(list_stuck_trips.app, event)


def audited(rides: Rides) -> list[tuple[str, str]]:
    rows = rides.cloud.rows("select action, outcome, operator_id, details from operator_actions order by at, id")
    assert all(row["operator_id"] == rides.operator.id and row["details"]["reason"] for row in rows)
    return [(row["action"], row["outcome"]) for row in rows]


@pytest.mark.parametrize(
    ("what", "allowed"),
    [("complete", {"in_progress"}), ("cancel", TO_THE_END), ("reassign", {"driver_assigned", "driver_arrived"})],
)
@pytest.mark.parametrize("state", [state for state in TripState if state != "payment_failed"])
def test_an_operation_is_done_in_its_states_repeated_with_success_and_else_refused_and_all_is_audited(
    rides: Rides, what: str, allowed: set[str], state: TripState
) -> None:
    ends = {"complete": "completed", "cancel": "cancelled", "reassign": "matching"}
    repeats = {"complete": {"completed", "paid"}, "cancel": {"cancelled"}, "reassign": set()}
    trip_id = rides.taken_to(state)

    done = act(rides, what, trip_id)

    if state in allowed:
        assert (done.status, done.body["state"]) == (200, ends[what])
        assert act(rides, what, trip_id).body["version"] == done.body["version"]
        assert audited(rides) == [(f"{what}_trip", "done")] * 2
    elif state in repeats[what]:
        assert (done.status, done.body["state"]) == (200, state)
    else:
        assert (done.status, done.code, done.body["state"]) == (409, "trip_state_conflict", state)
        assert audited(rides) == [(f"{what}_trip", "trip_state_conflict")]


@pytest.mark.parametrize("what", APPS)
def test_a_trip_is_left_as_it_is_if_a_change_cannot_be_audited(rides: Rides, what: str) -> None:
    trip_id = rides.arrived() if what == "reassign" else rides.in_progress()
    before, _ = rides.get(trip_id).body, rides.cloud.published()
    rides.cloud.rows("alter table operator_actions add constraint full_disk check (outcome <> 'done')")

    assert act(rides, what, trip_id).status == 500

    assert (rides.get(trip_id).body, rides.cloud.published()) == (before, [])


@pytest.mark.parametrize("what", APPS)
def test_only_operators_may_and_riders_and_drivers_of_the_trip_may_not(rides: Rides, what: str) -> None:
    trip_id = rides.in_progress()

    for caller in (rides.rider, rides.driver):
        assert (act(rides, what, trip_id, caller).status, act(rides, what, trip_id, caller).code) == (
            403,
            "permission_missing",
        )
        assert stuck(rides, caller).status == 403
    assert act(rides, "cancel", trip_id, signed_in("admin")).status == 200


@pytest.mark.parametrize("what", APPS)
def test_a_reason_is_asked_for_and_a_trip_that_is_not_there_is_not_found(rides: Rides, what: str) -> None:
    trip_id = rides.in_progress()

    assert act(rides, what, trip_id, reason="").status == 422
    assert act(rides, what, trip_id, reason=None).status == 422
    assert (act(rides, what, str(uuid4())).status, audited(rides)) == (404, [(f"{what}_trip", "trip_not_found")])
    assert rides.get(trip_id).body["state"] == "in_progress"


def test_a_verdict_that_stands_is_not_overruled_by_a_second_cancellation(rides: Rides) -> None:
    trip_id = rides.arrived()

    first, repeated, contrary = (act(rides, "cancel", trip_id, verdict=each) for each in ("rider", "rider", "driver"))

    assert (first.status, repeated.status, repeated.body["cancel_verdict"]) == (200, 200, "rider")
    assert (contrary.status, contrary.code, contrary.body["state"]) == (409, "trip_state_conflict", "cancelled")
    assert "the verdict rider" in contrary.body["detail"]
    assert [outcome for _, outcome in audited(rides)] == ["done", "done", "trip_state_conflict"]


@pytest.mark.parametrize(
    ("state", "verdict", "fee_minor"),
    [
        ("driver_assigned", "rider", 500),
        ("driver_arrived", "rider", 500),
        ("in_progress", "rider", 500),
        ("in_progress", "driver", 0),
        ("in_progress", "nobody", 0),
        ("matching", "rider", 0),
    ],
)
def test_the_verdict_decides_the_fee(rides: Rides, state: TripState, verdict: str, fee_minor: int) -> None:
    trip_id = rides.taken_to(TripState(state))

    cancelled = act(rides, "cancel", trip_id, verdict=verdict).body

    assert (cancelled["cancellation_fee_minor"], cancelled["cancel_verdict"]) == (fee_minor, verdict)
    assert (cancelled["cancelled_by"], cancelled["cancel_rule"]) == ("platform", "operator")
    told = rides.cloud.published()[-1]
    assert (told["detail-type"], told["detail"]["fee_minor"], told["detail"]["verdict"]) == (
        "TripCancelled", fee_minor, verdict,
    )  # fmt: skip
    rides.add_card()
    assert rides.request().status == 202


def test_the_reason_is_for_the_audit_log_and_told_to_nobody(rides: Rides) -> None:
    trip_id = rides.in_progress()

    act(rides, "complete", trip_id, reason="secret")

    told = rides.cloud.published()[-1]["detail"]
    assert told["reason"] == "operator"
    assert "secret" not in str([told, rides.get(trip_id).body, trips().log(UUID(trip_id))])
    rows = rides.cloud.rows("select details from operator_actions")
    reason = rows[0]["details"].pop("reason")
    assert rows[0]["details"] == {"happened_at": None, "state": "completed"}
    people = sorted([rides.rider.id, rides.driver.id])
    assert reason.startswith(f"sealed.1.{people[0]}+{people[1]}.")
    assert seals().open_text(reason, of_trip(UUID(trip_id), "operator_reason")) == "secret"


def test_a_reason_about_a_driver_is_sealed_for_them_too_and_without_people_who_were_erased(rides: Rides) -> None:
    trip_id, former = rides.in_progress(), uuid4()

    def audited() -> str:
        act(rides, "reassign", trip_id, reason="secret", driver_id=str(former))
        return str(rides.cloud.rows("select details from operator_actions order by at")[-1]["details"]["reason"])

    def sealed_for(*people: UUID) -> str:
        return f"sealed.1.{'+'.join(map(str, sorted(people)))}."

    assert audited().startswith(sealed_for(rides.rider.id, rides.driver.id, former))
    client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(rides.rider.id)}})
    forget_wiring()
    assert audited().startswith(sealed_for(rides.driver.id, former))


def test_the_reason_of_a_refused_attempt_is_sealed_for_the_operator_if_there_is_no_trip(rides: Rides) -> None:
    trip_id = UUID(int=7)

    assert act(rides, "complete", str(trip_id), reason="secret").code == "trip_not_found"

    [row] = rides.cloud.rows("select outcome, details from operator_actions")
    assert row["outcome"] == "trip_not_found"
    assert row["details"]["reason"].startswith(f"sealed.1.{rides.operator.id}.")
    assert seals().open_text(row["details"]["reason"], of_trip(trip_id, "operator_reason")) == "secret"


def test_a_ride_is_completed_at_the_time_that_the_operator_names(rides: Rides) -> None:
    trip_id = rides.in_progress()
    rides.made_earlier(trip_id, timedelta(hours=1))
    then = datetime.now(UTC) - timedelta(minutes=20)

    done = act(rides, "complete", trip_id, happened_at=then.isoformat())
    late = rides.complete(trip_id, happened_at=(then + timedelta(minutes=1)).isoformat())

    assert datetime.fromisoformat(done.body["completed_at"]) == then
    assert (late.status, late.body["completed_at"]) == (200, done.body["completed_at"])
    entry = trips().log(UUID(trip_id))[-1]
    assert (entry.actor, entry.actor_id, entry.at) == ("platform", rides.operator.id, then)
    assert entry.data["told_at"] == done.body["ended_at"].replace("Z", "+00:00")
    assert act(rides, "complete", rides.in_progress(), happened_at="2020-01-01T00:00:00Z").status == 422


def test_a_ride_is_not_completed_before_its_start(rides: Rides) -> None:
    trip_id = rides.in_progress()
    rides.made_earlier(trip_id, timedelta(hours=1))
    rides.cloud.rows("update trips set started_at = started_at + interval '20 minutes' where id = %s", trip_id)
    started_at = datetime.fromisoformat(rides.get(trip_id).body["started_at"])

    refused = act(rides, "complete", trip_id, happened_at=(started_at - timedelta(minutes=5)).isoformat())

    assert (refused.status, refused.code) == (422, "happened_at_implausible")
    assert refused.body["earliest"] == started_at.isoformat()


@pytest.mark.parametrize("hours", [5, 13])
def test_a_ride_that_was_stuck_for_long_is_completed_at_any_time_since_its_start(rides: Rides, hours: int) -> None:
    trip_id = rides.in_progress()
    rides.made_earlier(trip_id, timedelta(hours=hours))
    started_at = datetime.fromisoformat(rides.get(trip_id).body["started_at"])
    then = started_at + timedelta(minutes=12)

    too_early = act(rides, "complete", trip_id, happened_at=(started_at - timedelta(minutes=2)).isoformat())
    ahead = act(rides, "complete", trip_id, happened_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    by_driver = rides.complete(trip_id, happened_at=then.isoformat())
    done = act(rides, "complete", trip_id, happened_at=then.isoformat())

    assert [each.code for each in (too_early, ahead, by_driver)] == ["happened_at_implausible"] * 3
    assert (done.status, datetime.fromisoformat(done.body["completed_at"])) == (200, then)
    told = rides.cloud.published()[-1]["detail"]
    assert (told["completed_at"], told["started_at"]) == (done.body["completed_at"], done.body["started_at"])


def test_a_driver_who_completes_what_an_operator_cancelled_is_told_so(rides: Rides) -> None:
    trip_id = rides.in_progress()
    act(rides, "cancel", trip_id)

    late = rides.complete(trip_id)

    assert (late.status, late.code, late.body["state"]) == (409, "trip_state_conflict", "cancelled")


def test_a_repeated_reassignment_does_not_take_the_trip_from_the_next_driver(rides: Rides) -> None:
    trip_id = rides.assigned()
    act(rides, "reassign", trip_id)
    told = rides.cloud.published()[-1]
    rides.gives(trip_id, rides.other_driver)

    again = act(rides, "reassign", trip_id)

    assert (again.status, again.body["driver_id"]) == (200, str(rides.other_driver.id))
    assert (told["detail-type"], told["detail"]["driver_id"], told["detail"]["by"]) == (
        "DriverCancelled", str(rides.driver.id), "platform",
    )  # fmt: skip
    refused = act(rides, "reassign", trip_id, driver_id=str(uuid4()))
    assert (refused.status, refused.code) == (409, "trip_state_conflict")


def _of_others(rides: Rides, state: TripState) -> str:
    """A trip of a rider and a driver of their own."""
    rides.rider, rides.driver = signed_in("rider"), signed_in("driver")
    return rides.taken_to(state)


def test_what_is_stuck_is_listed_with_the_reason_page_by_page(rides: Rides) -> None:
    found_in = (TripState.DRIVER_ARRIVED, TripState.IN_PROGRESS, TripState.COMPLETED)
    silent, long, unsettled = (_of_others(rides, state) for state in found_in)
    since = datetime.now(UTC) - timedelta(minutes=16)
    rides.cloud.rows(
        "insert into trip_silences values (%s, %s, %s, %s)", silent, rides.driver.id, since, datetime.now(UTC)
    )
    for trip_id, ago in ((long, 13), (unsettled, 1)):
        rides.made_earlier(trip_id, timedelta(hours=ago))

    first = stuck(rides, limit="2").body
    second = stuck(rides, limit="2", cursor=first["next_cursor"]).body

    found = [(each["trip"]["id"], each["reason"]) for each in first["trips"] + second["trips"]]
    assert found == [(silent, "driver_silent"), (long, "too_long"), (unsettled, "not_settled")]
    assert datetime.fromisoformat(first["trips"][0]["since"]) == since
    assert second["next_cursor"] is None
    assert {each["trip"]["pin"] for each in first["trips"]} == {None}
    assert {each["trip"]["vehicle"]["plate"] for each in first["trips"] + second["trips"]} == {PRIUS.plate}
    assert stuck(rides, cursor="nonsense").code == "cursor_invalid"
