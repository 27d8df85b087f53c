"""A repeated request has one effect."""

import asyncio
from uuid import uuid4

import pytest

from simulation.api import ApiProblemError
from tests.e2e.city import City


async def test_the_same_key_twice_opens_one_trip(city: City) -> None:
    rider, key = await city.rider(), str(uuid4())
    quote = {"quote_id": (await city.quote(rider))["id"]}
    first = await rider.api.post("/v1/trips", quote, idempotency_key=key)
    again = await rider.api.post("/v1/trips", quote, idempotency_key=key)
    assert again == first


async def test_the_same_key_at_once_opens_one_trip(city: City) -> None:
    rider, key = await city.rider(), str(uuid4())
    quote = {"quote_id": (await city.quote(rider))["id"]}
    answers = await asyncio.gather(*(rider.api.post("/v1/trips", quote, idempotency_key=key) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    trips = await city.rows("select id from trips where quote_id = %s", quote["quote_id"])
    assert [str(trip["id"]) for trip in trips] == [answers[0]["id"]]


async def test_a_second_trip_of_the_same_rider_is_refused(city: City) -> None:
    rider = await city.rider()
    quotes = [await city.quote(rider), await city.quote(rider)]
    trip = await rider.api.post("/v1/trips", {"quote_id": quotes[0]["id"]})
    with pytest.raises(ApiProblemError) as refused:
        await rider.api.post("/v1/trips", {"quote_id": quotes[1]["id"]})
    assert (refused.value.status, refused.value.code) == (409, "active_trip_exists")
    assert refused.value.document["trip_id"] == trip["id"]
