"""An airport on the deployed cloud: its queue orders the offers, and drivers see their place in it."""

import pytest

from rideflow.kernel.geo import Point
from simulation.api import ApiProblemError
from tests.e2e.city import DROPOFF, PICKUP, City

LOT = Point(lat=37.6325, lng=-122.4022)
TERMINAL = Point(lat=37.6155, lng=-122.3885)
BRIDGE = Point(lat=37.82, lng=-122.4782)


async def test_a_pickup_at_the_airport_goes_to_the_head_of_its_queue_and_then_to_the_next(city: City) -> None:
    rider = await city.rider()
    first, second = await city.driver(LOT), await city.driver(LOT)
    place = await second.api.get("/v1/locations/queue")
    assert (place["area"], place["position"], place["length"]) == ("sfo", 2, 2)

    trip_id = await city.request(rider, TERMINAL, DROPOFF)
    await first.expect("trip.offer", trip_id=trip_id)
    await first.api.post(f"/v1/trips/{trip_id}/offer/decline")
    await second.expect("trip.offer", trip_id=trip_id)
    assert (await first.api.get("/v1/locations/queue"))["position"] == 2
    await second.api.post(f"/v1/trips/{trip_id}/offer/accept")

    trip = await city.reaches(trip_id, "driver_assigned")
    assert str(trip["driver_id"]) == second.person_id
    assert (await first.api.get("/v1/locations/queue"))["length"] == 1


async def test_a_pickup_where_cars_may_not_stop_is_refused_with_the_reason(city: City) -> None:
    rider = await city.rider()

    with pytest.raises(ApiProblemError) as refused:
        await city.quote(rider, BRIDGE, PICKUP)

    assert (refused.value.status, refused.value.code) == (422, "blackout_area")
    assert "Golden Gate Bridge" in refused.value.document["reason"]
