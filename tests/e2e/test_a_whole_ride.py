"""A ride from the quote to the receipt, on the phones of rider and driver."""

from simulation.travel import between
from tests.e2e.city import DROPOFF, NEAR_PICKUP, PICKUP, City


async def test_a_ride_from_quote_to_receipt(city: City) -> None:
    rider, driver = await city.rider(), await city.driver()
    quote = await city.quote(rider)
    trip = await rider.api.post("/v1/trips", {"quote_id": quote["id"]})
    trip_id = trip["id"]
    assert trip["state"] == "requested"

    offer = await driver.expect("trip.offer", trip_id=trip_id)
    assert offer["data"]["fare"]["amount_minor"] == quote["amount_minor"]
    await driver.send("offer.accept", trip_id=trip_id)
    await driver.expect("offer.accepted", trip_id=trip_id)
    await rider.expect("trip.updated", trip_id=trip_id, state="driver_assigned")

    await driver.report(between(NEAR_PICKUP, PICKUP, 0.5))
    await rider.expect("driver.position", trip_id=trip_id)
    await city.arrive(driver, trip_id)
    await rider.expect("trip.updated", trip_id=trip_id, state="driver_arrived")
    pin = (await rider.api.get(f"/v1/trips/{trip_id}"))["pin"]
    assert "pin" not in {k for k, v in (await driver.api.get(f"/v1/trips/{trip_id}")).items() if v is not None}
    await driver.api.post(f"/v1/trips/{trip_id}/start", {"pin": pin})
    await rider.expect("trip.updated", trip_id=trip_id, state="in_progress")
    for step in range(1, 5):
        await driver.report(between(PICKUP, DROPOFF, step / 4))
    await driver.api.post(f"/v1/trips/{trip_id}/complete")
    await rider.expect("trip.updated", trip_id=trip_id, state="paid")

    receipt = await rider.api.get(f"/v1/trips/{trip_id}/receipt")
    totals = await city.double("/_double/totals?key=trip_id")
    assert totals["by_metadata"][trip_id]["captured_minor"] == receipt["amount_minor"] <= quote["amount_minor"]
    await rider.api.post(f"/v1/trips/{trip_id}/ratings", {"stars": 5})
    await driver.api.post(f"/v1/trips/{trip_id}/ratings", {"stars": 4, "comment": "friendly"})
    history = await rider.api.get("/v1/trips", limit=1)
    assert history["trips"][0]["id"] == trip_id
    ledger = await city.ledger(trip_id)
    assert ledger["taken"] == receipt["amount_minor"]
    assert ledger[f"driver_payable:{driver.person_id}"] < 0
    assert sum(ledger.values()) == 0
    (account,) = (await driver.api.get("/v1/ledger/accounts", kind="driver_payable"))["accounts"]
    statement = await driver.api.get(f"/v1/ledger/accounts/{account['id']}/statement", limit=1)
    assert statement["lines"][0]["amount_minor"] == -ledger[f"driver_payable:{driver.person_id}"]
    assert trip_id in statement["lines"][0]["memo"]


async def test_a_reconnecting_app_is_told_what_it_missed(city: City) -> None:
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    await rider.send("sync", after_version=1)
    synced = await rider.expect("sync")
    assert synced["data"]["trip"]["trip_id"] == trip_id
    assert [event["type"] for event in synced["data"]["events"]][-1] == "DriverAssigned"
