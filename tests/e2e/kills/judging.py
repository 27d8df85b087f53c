"""Compares each ride with the fault harness's reference, by what the stores, Stripe and the public API say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import psycopg

from simulation.api import Api, ApiProblemError, Json
from simulation.faults import liveness, reference
from simulation.faults.oracle import Facts, Oracle, Violation

_NO_RECEIPT = 404


@dataclass(frozen=True)
class Party:
    """The run's people as the public API knows them: `riders` by the trips they asked for, `drivers` by their ids."""

    riders: dict[str, Api]
    drivers: dict[str, Api]


async def intents_of(stripe: httpx.AsyncClient) -> list[Json]:
    """All PaymentIntents that the double has, by Stripe's own API."""
    found: list[Json] = []
    after: dict[str, str] = {}
    while True:
        answer = await stripe.get("/v1/payment_intents", params={"limit": "100", **after})
        page = answer.raise_for_status().json()
        found += page["data"]
        if not page["has_more"]:
            return found
        after = {"starting_after": page["data"][-1]["id"]}


class Judge:
    """Knows the run's trips; those of others in the same stores are none of its business."""

    def __init__(self, database_url: str, stripe: httpx.AsyncClient, rides: dict[str, int]) -> None:
        self._url, self._stripe = database_url, stripe
        self._rides = rides
        self.oracle = Oracle(rides)

    async def facts(self) -> Facts:
        """The run's trips, as they are committed, and what Stripe has of them."""
        intents = await intents_of(self._stripe)
        with psycopg.connect(self._url) as connection:
            return _only(Facts.read(connection, intents), self._rides.keys())

    def in_the_end(self, facts: Facts) -> list[Violation]:
        """Every rule, and that all has ended. While rides move, the stores and Stripe cannot be read at one moment."""
        with psycopg.connect(self._url) as connection:
            left = list(liveness.of_tables(connection))
        of_rides = (*liveness.of_trips(facts, self.oracle), *liveness.of_riders(facts, self.oracle))
        return [*self.oracle.of_moment(facts), *of_rides, *left]

    async def by_api(self, facts: Facts, party: Party) -> list[Violation]:
        """What riders and drivers are shown: states, receipts, and what drivers have earned."""
        found = [each for trip_id in facts.trips for each in await self._shown(facts, trip_id, party.riders[trip_id])]
        for driver_id, api in party.drivers.items():
            found += await self._earned(facts, driver_id, api)
        return found

    async def _shown(self, facts: Facts, trip_id: str, rider: Api) -> list[Violation]:
        row, ride = facts.trips[trip_id], self._rides[trip_id]
        shown = await rider.get(f"/v1/trips/{trip_id}")
        found = []
        if shown["state"] != row["state"]:
            found.append(Violation("a rider sees the trip's state", ride, f"{shown['state']}, it is {row['state']}"))
        charged, receipt = facts.captured(trip_id), await _receipt(rider, trip_id)
        if (receipt["charged_minor"] if receipt else 0) != charged:
            found.append(Violation("a receipt says what was charged", ride, f"{receipt}, charged {charged}"))
        return found

    async def _earned(self, facts: Facts, driver_id: str, driver: Api) -> list[Violation]:
        """A driver of the run has driven for nobody else, so the balance is the sum of the shares, paid or owed."""
        ended = [self.oracle.ended(row) for row in facts.trips.values() if row["driver_id"] == driver_id]
        due = -sum(reference.books(trip, reference.owed(trip)).driver_payable for trip in ended)
        accounts = (await driver.get("/v1/ledger/accounts"))["accounts"]
        balance = sum(each["balance_minor"] for each in accounts if each["kind"] == "driver_payable")
        return [] if balance == due else [Violation("a driver gets their share", None, f"{balance} of {due}")]


async def _receipt(rider: Api, trip_id: str) -> Json | None:
    try:
        return await rider.get(f"/v1/trips/{trip_id}/receipt")
    except ApiProblemError as problem:
        if problem.status != _NO_RECEIPT:
            raise
        return None


def told(violations: Sequence[Violation], facts: Facts, rides: dict[str, int]) -> str:
    """The violations for a person, each with the state of its trip and orders."""
    trips = {ride: trip_id for trip_id, ride in rides.items()}
    lines = []
    for rule, ride, found in violations:
        trip_id = trips.get(ride if ride is not None else -1, "")
        orders = [f"{each['kind']} {each['state']}" for each in facts.orders if each["trip_id"] == trip_id]
        lines.append(f"{rule}: {found} (ride {ride}, trip {trip_id or '-'}, orders {orders})")
    return "\n".join(lines)


def states_of(facts: Facts) -> Counter[str]:
    """How many trips are in each state."""
    return Counter(str(row["state"]) for row in facts.trips.values())


def _only(facts: Facts, trip_ids: Iterable[str]) -> Facts:
    """The facts of these trips alone."""
    wanted = set(trip_ids)

    def of[T](by_trip: dict[str, T]) -> dict[str, T]:
        return {trip_id: each for trip_id, each in by_trip.items() if trip_id in wanted}

    rows: dict[str, Any] = {
        name: [row for row in getattr(facts, name) if row["trip_id"] in wanted] for name in ("orders", "receipts")
    }
    sums: dict[str, Any] = {
        name: of(getattr(facts, name)) for name in ("trips", "books", "clearing", "open_holds", "intents")
    }
    return replace(facts, **rows, **sums, kept_secrets=facts.kept_secrets & wanted)
