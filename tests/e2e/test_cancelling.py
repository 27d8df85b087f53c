"""A rider cancels, before and after a driver is assigned."""

from tests.e2e.city import City


async def test_cancelled_before_anybody_is_assigned(city: City) -> None:
    rider = await city.rider()
    trip_id = await city.request(rider)
    await city.reaches(trip_id, "matching")
    await rider.api.post(f"/v1/trips/{trip_id}/cancel", {"reason": "changed my mind"})
    await rider.expect("trip.updated", trip_id=trip_id, state="cancelled")
    await city.hold_is_released(trip_id)
    requests = await city.rows("select outcome from match_requests where trip_id = %s", trip_id)
    assert [request["outcome"] for request in requests] in ([], ["cancelled"])


async def test_cancelled_within_the_grace_period_costs_nothing(city: City) -> None:
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    await rider.api.post(f"/v1/trips/{trip_id}/cancel")
    await driver.expect("trip.updated", trip_id=trip_id, state="cancelled")
    await city.hold_is_released(trip_id)
    assert await city.rows("select 1 from published_active_trips where driver_id = %s", driver.person_id) == []


async def test_a_driver_who_cancels_is_not_asked_again(city: City) -> None:
    rider, first = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, first)
    second = await city.driver()
    await first.api.post(f"/v1/trips/{trip_id}/cancel", {"reason": "flat tyre"})
    await second.expect("trip.offer", trip_id=trip_id)
    await second.api.post(f"/v1/trips/{trip_id}/offer/accept")
    await city.reaches(trip_id, "driver_assigned")
    offers = await city.rows("select driver_id, state from offers where trip_id = %s", trip_id)
    assert {(str(offer["driver_id"]), offer["state"]) for offer in offers} == {
        (first.person_id, "accepted"),
        (second.person_id, "accepted"),
    }
    await city.drive(rider, second, trip_id)
    await city.reaches(trip_id, "paid")
