"""A scheduled ride finds its driver before its time, and nobody pays for a cancelled one."""

from datetime import UTC, datetime, timedelta

import pytest

from simulation.api import ApiProblemError
from tests.e2e.city import City

SWEEPER = "rideflow-local-trips-sweep_scheduled_rides:live"


def ahead(**by: float) -> str:
    return (datetime.now(UTC) + timedelta(**by)).isoformat()


async def test_a_ride_that_was_booked_ahead_is_edited_matched_before_its_time_and_driven(city: City) -> None:
    rider, driver = await city.rider(), await city.driver()
    quote = await city.quote(rider)
    booked = await rider.api.post("/v1/scheduled-rides", {"quote_id": quote["id"], "pickup_at": ahead(hours=1)})
    path = f"/v1/scheduled-rides/{booked['id']}"
    edited = await rider.api.patch(path, {"version": booked["version"], "pickup_at": ahead(hours=2)})
    assert edited["quoted_amount_minor"] == quote["amount_minor"]
    listed = await rider.api.get("/v1/scheduled-rides", state="scheduled", limit=1)
    assert listed["scheduled_rides"] == [edited]

    await city.rows(
        "update scheduled_rides set pickup_at = %s where id = %s returning id", ahead(minutes=5), booked["id"]
    )  # an hour and fifty-five minutes later
    city.aws("lambda").invoke(FunctionName=SWEEPER)

    told = await rider.expect("scheduled_ride.updated", scheduled_ride_id=booked["id"], state="dispatched")
    trip_id = told["data"]["trip_id"]
    offer = await driver.expect("trip.offer", trip_id=trip_id)
    assert offer["data"]["scheduled_for"] == told["data"]["pickup_at"]
    assert offer["data"]["fare"]["amount_minor"] == quote["amount_minor"]
    with pytest.raises(ApiProblemError) as refused:
        await rider.api.post(f"{path}/cancel")
    assert refused.value.code == "scheduled_ride_state_conflict"
    await driver.send("offer.accept", trip_id=trip_id)
    await rider.expect("trip.updated", trip_id=trip_id, state="driver_assigned")
    await city.drive(rider, driver, trip_id)
    await city.reaches(trip_id, "paid")
    trip = await rider.api.get(f"/v1/trips/{trip_id}")
    assert (trip["scheduled_ride_id"], trip["scheduled_for"]) == (booked["id"], told["data"]["pickup_at"])
    assert trip["final_amount_minor"] <= quote["amount_minor"]


async def test_a_scheduled_ride_that_was_given_up_becomes_no_trip(city: City) -> None:
    rider = await city.rider()
    quote = await city.quote(rider)
    booked = await rider.api.post("/v1/scheduled-rides", {"quote_id": quote["id"], "pickup_at": ahead(hours=1)})
    path = f"/v1/scheduled-rides/{booked['id']}"

    assert (await rider.api.post(f"{path}/cancel"))["state"] == "cancelled"
    city.aws("lambda").invoke(FunctionName=SWEEPER)

    assert (await rider.api.get(path))["state"] == "cancelled"
    assert await city.rows("select id from trips where scheduled_ride_id = %s", booked["id"]) == []
