from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.postgres import DatabaseUnavailableError
from rideflow.kernel.ride_requirements import Needs
from rideflow.trips.wiring import trips
from tests.functions.trips.scheduling import Scheduling, ahead
from tests.market_data import SAN_FRANCISCO

MINUTE = timedelta(minutes=1)


def test_a_ride_becomes_a_trip_before_its_pickup_time_and_no_sooner(scheduling: Scheduling) -> None:
    wheelchair = Needs(wheelchair_accessible=True)
    scheduling.rides.add_card()
    ride = scheduling.book(quote_id=scheduling.rides.quote(needs=wheelchair)).body
    assert Needs(**ride["needs"]) == wheelchair
    scheduling.rides.cloud.published()

    scheduling.comes_near(ride["id"], 12 * MINUTE)
    scheduling.sweep()
    assert scheduling.get(ride["id"]).body["state"] == "scheduled"
    scheduling.comes_near(ride["id"], 10 * MINUTE)
    scheduling.sweep()

    now = scheduling.get(ride["id"]).body
    trip = scheduling.rides.get(now["trip_id"]).body
    assert (now["state"], now["version"], now["held_up_by"]) == ("dispatched", 2, None)
    assert (trip["state"], trip["scheduled_for"], trip["scheduled_ride_id"]) == (
        "requested",
        now["pickup_at"],
        ride["id"],
    )
    alike = (
        "rider_id",
        "pickup",
        "dropoff",
        "product",
        "needs",
        "quote_id",
        "quoted_amount_minor",
        "quote_breakdown",
    )
    assert {name: trip[name] for name in alike} == {name: ride[name] for name in alike}
    [promised] = scheduling.rides.cloud.rows(
        "select trips.cancellation_terms as of_trip, quotes.cancellation_terms as of_quote"
        " from trips join quotes on quotes.id = trips.quote_id"
    )
    assert (
        promised["of_trip"] == promised["of_quote"] == SAN_FRANCISCO.rules.cancellation.frozen.model_dump(mode="json")
    )
    requested, dispatched = scheduling.rides.cloud.published()
    assert requested["detail-type"] == "TripRequested"
    assert requested["detail"]["trip_id"] == now["trip_id"]
    assert requested["detail"]["waits_until"] is not None
    assert dispatched["detail-type"] == "ScheduledRideDispatched"
    assert dispatched["detail"]["trip_id"] == now["trip_id"]


def test_a_dispatched_ride_is_edited_and_cancelled_no_more_but_its_trip_is(scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"])
    scheduling.sweep()
    trip_id = scheduling.get(ride["id"]).body["trip_id"]

    for refused in (
        scheduling.edit(ride["id"], {"version": 2, "pickup_at": ahead(60 * MINUTE)}),
        scheduling.cancel(ride["id"]),
    ):
        assert (refused.status, refused.code) == (409, "scheduled_ride_state_conflict")
        assert (refused.body["state"], refused.body["trip_id"]) == ("dispatched", trip_id)
    assert scheduling.rides.cancel(trip_id, scheduling.rides.rider).body["cancellation_fee_minor"] == 0


def test_a_rider_on_a_trip_is_told_once_and_gets_the_ride_when_that_trip_is_over(scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    active = str(scheduling.rides.request().body["id"])
    scheduling.comes_near(ride["id"])
    scheduling.rides.cloud.published()

    scheduling.sweep()
    scheduling.sweep()

    waiting = scheduling.get(ride["id"]).body
    assert (waiting["state"], waiting["held_up_by"], waiting["version"]) == ("scheduled", "active_trip", 2)
    assert scheduling.rides.published() == ["ScheduledRideHeldUp"]
    scheduling.rides.cancel(active, scheduling.rides.rider)
    scheduling.rides.cloud.published()
    scheduling.sweep()
    assert scheduling.get(ride["id"]).body["state"] == "dispatched"
    assert scheduling.rides.published() == ["TripRequested", "ScheduledRideDispatched"]


def test_a_rider_whose_card_is_gone_misses_the_ride_unless_they_add_one(scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    scheduling.rides.cloud.rows("delete from payment_methods")
    scheduling.comes_near(ride["id"])
    scheduling.rides.cloud.published()
    scheduling.sweep()
    assert scheduling.get(ride["id"]).body["held_up_by"] == "payment_method"

    scheduling.comes_near(ride["id"], -11 * MINUTE)
    scheduling.sweep()
    scheduling.sweep()

    missed = scheduling.get(ride["id"]).body
    assert (missed["state"], missed["held_up_by"], missed["trip_id"]) == ("missed", "payment_method", None)
    assert scheduling.rides.published() == ["ScheduledRideHeldUp", "ScheduledRideMissed"]


def test_a_ride_that_we_find_too_late_is_missed_and_says_so(scheduling: Scheduling) -> None:
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"], -11 * MINUTE)

    scheduling.sweep()

    assert scheduling.get(ride["id"]).body["held_up_by"] == "late"
    assert scheduling.get(ride["id"]).body["state"] == "missed"


def test_where_pickups_take_long_rides_are_dispatched_earlier(scheduling: Scheduling) -> None:
    for _ in range(20):
        rides = scheduling.rides
        trip_id = rides.arrived()
        rides.cloud.rows("update trips set matching_at = arrived_at - interval '20 minutes' where id = %s", trip_id)
        assert rides.start(trip_id, rides.pin(trip_id)).status == 200
        assert rides.complete(trip_id).status == 200
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"], 24 * MINUTE)
    scheduling.sweep()
    assert scheduling.get(ride["id"]).body["state"] == "scheduled"

    scheduling.comes_near(ride["id"], 22 * MINUTE)
    scheduling.sweep()

    assert scheduling.get(ride["id"]).body["state"] == "dispatched"


def test_a_driver_who_comes_early_calls_no_no_show_before_the_pickup_time_and_five_minutes(
    scheduling: Scheduling,
) -> None:
    ride = scheduling.booked()
    scheduling.comes_near(ride["id"])
    scheduling.sweep()
    trip_id = str(scheduling.get(ride["id"]).body["trip_id"])
    trips().begin_matching(UUID(trip_id))
    scheduling.rides.gives(trip_id, scheduling.rides.driver)
    scheduling.rides.stands()
    assert scheduling.rides.arrive(trip_id).status == 200
    scheduling.rides.cloud.rows("update trips set arrived_at = arrived_at - interval '20 minutes'")

    handed_back = scheduling.rides.cancel(trip_id, scheduling.rides.driver)

    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)


def test_a_ride_in_trouble_stays_alone_with_it(scheduling: Scheduling) -> None:
    first = scheduling.booked()
    second = scheduling.book(4 * 60 * MINUTE).body
    scheduling.comes_near(first["id"], 4 * MINUTE)
    scheduling.comes_near(second["id"], 5 * MINUTE)
    scheduling.rides.cloud.rows("update scheduled_rides set product = repeat('x', 10) where id = %s", first["id"])
    scheduling.rides.cloud.rows("alter table trips add check (product <> 'xxxxxxxxxx')")

    scheduling.sweep()

    assert scheduling.get(second["id"]).body["state"] == "dispatched"
    assert scheduling.rides.cloud.rows("select state from scheduled_rides where id = %s", first["id"]) == [
        {"state": "scheduled"}
    ]


@pytest.mark.parametrize(("needs", "state"), [("[]", "scheduled"), ('{"quiet": true}', "dispatched")])
def test_a_ride_that_cannot_be_read_is_left_out_and_one_that_newer_code_stored_is_read(
    scheduling: Scheduling, needs: str, state: str
) -> None:
    first, second = scheduling.booked(), scheduling.book(4 * 60 * MINUTE).body
    scheduling.comes_near(first["id"], 5 * MINUTE)
    scheduling.comes_near(second["id"], 4 * MINUTE)
    rows = scheduling.rides.cloud.rows
    rows("update scheduled_rides set needs = %s where id = %s", needs, first["id"])
    rows("update scheduled_rides set rider_id = gen_random_uuid() where id = %s", first["id"])
    rows(
        "insert into payment_methods (provider, method_ref, rider_id, customer_ref, brand, last4)"
        " select provider, method_ref || '_2', ride.rider_id, customer_ref || '_2', brand, last4"
        " from payment_methods cross join scheduled_rides as ride where ride.id = %s",
        first["id"],
    )

    scheduling.sweep()

    found = rows("select id, state from scheduled_rides")
    assert {str(row["id"]): row["state"] for row in found} == {first["id"]: state, second["id"]: "dispatched"}


def test_a_database_that_does_not_answer_ends_the_run(scheduling: Scheduling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PORT", "9")

    with pytest.raises(DatabaseUnavailableError):
        scheduling.sweep()
