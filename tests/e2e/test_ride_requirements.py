"""A ride with requirements that not every driver meets."""

from tests.e2e.city import NEAR_PICKUP, PICKUP, City


async def test_a_rider_with_a_wheelchair_gets_the_car_that_takes_it_and_not_the_nearest(city: City) -> None:
    rider, nearest = await city.rider(), await city.driver(PICKUP)
    accessible = await city.driver(NEAR_PICKUP, wheelchair_accessible=True)

    trip_id = await city.request(rider, needs={"wheelchair_accessible": True})

    offer = await accessible.expect("trip.offer", trip_id=trip_id)
    assert offer["data"]["wheelchair"] is True
    await accessible.api.post(f"/v1/trips/{trip_id}/offer/accept")
    await rider.expect("trip.updated", trip_id=trip_id, state="driver_assigned")
    asked = await city.rows("select driver_id from offers where trip_id = %s", trip_id)
    assert [str(offer["driver_id"]) for offer in asked] == [accessible.person_id]
    assert nearest.person_id != accessible.person_id
