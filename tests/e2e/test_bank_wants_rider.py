"""A bank that wants its rider: the ride waits for them, by the public API, and nothing is held in vain."""

from simulation.cards import confirm_payment
from tests.e2e.city import City

BANK_WANTS_RIDER = "pm_card_authenticationRequired"


async def test_a_rider_confirms_with_their_bank_and_rides(city: City) -> None:
    rider, driver = await city.rider(BANK_WANTS_RIDER), await city.driver()
    trip_id = await city.request(rider)

    frame = await rider.expect("payment.action_required", trip_id=trip_id)
    trip = await rider.api.get(f"/v1/trips/{trip_id}")
    action = trip["payment_action"]
    assert trip["state"] == "requested"
    assert {name: frame["data"][name] for name in action} == action
    await confirm_payment(city.stripe, action)

    await driver.expect("trip.offer", trip_id=trip_id)
    await driver.send("offer.accept", trip_id=trip_id)
    await rider.expect("trip.updated", trip_id=trip_id, state="driver_assigned")
    assert (await rider.api.get(f"/v1/trips/{trip_id}"))["payment_action"] is None
    await city.drive(rider, driver, trip_id)
    paid = await city.reaches(trip_id, "paid")
    assert (await city.ledger(trip_id))["taken"] == paid["final_amount_minor"]


async def test_a_rider_who_cancels_instead_has_nothing_to_confirm(city: City) -> None:
    rider = await city.rider(BANK_WANTS_RIDER)
    trip_id = await city.request(rider)
    await rider.expect("payment.action_required", trip_id=trip_id)

    await rider.api.post(f"/v1/trips/{trip_id}/cancel", {})

    trip = await city.reaches(trip_id, "cancelled")
    assert trip["cancelled_by"] == "rider"
    await city.becomes(
        "select count(*) as left from payer_actions where trip_id = %s", [trip_id], lambda row: row["left"] == 0
    )
    await city.hold_is_released(trip_id)
