"""The fallback: an operator sends a driver whom matching would not ask."""

from tests.e2e.city import FAR_AWAY, City


async def test_an_operator_sends_a_driver_from_far_away_and_the_ride_goes_on(city: City) -> None:
    rider, driver = await city.rider(), await city.driver(FAR_AWAY)
    trip_id = await city.request(rider)
    await city.becomes("select * from match_requests where trip_id = %s", [trip_id], lambda row: not row["closed_at"])
    operator = await city.operator()

    await operator.post(
        f"/v1/trips/{trip_id}/dispatch", {"driver_id": driver.person_id, "reason": "nobody is near the rider"}
    )

    await driver.expect("trip.offer", trip_id=trip_id)
    await driver.api.post(f"/v1/trips/{trip_id}/offer/accept")
    trip = await city.reaches(trip_id, "driver_assigned")
    assert str(trip["driver_id"]) == driver.person_id
    (action,) = await city.rows("select * from operator_actions where trip_id = %s", trip_id)
    assert (action["action"], action["outcome"]) == ("dispatch_trip", "done")
