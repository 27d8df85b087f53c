"""Silent trips in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.markets.rules import Stays
from rideflow.trips.model import TripState
from rideflow.trips.silence import DrivenTrip, Silence

_PACKAGE = "rideflow.trips"


def _driven(row: Row) -> DrivenTrip:
    return DrivenTrip(**{**row, "state": TripState(row["state"])})


class PostgresSilences:
    """The tables `trip_silences` and `trip_listening`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def driven(self) -> list[DrivenTrip]:
        """Every trip that has a driver."""
        rows = self._database.all(sql(_PACKAGE, "trips_driven"), {})
        return readable(rows, _driven, "driven_trip", itemgetter("trip_id"))

    def listened(self, market: str, now: datetime, longest_gap: timedelta) -> datetime:
        """Record that the market's positions can be read now. Returns since when they can be, without a longer gap."""
        parameters = {"market": market, "now": now, "longest_gap": longest_gap}
        since: datetime = self._database.value(sql(_PACKAGE, "listened"), parameters)
        return since

    def forget_ended(self) -> None:
        """Forget the silences of drivers who no longer have the trip."""
        self._database.execute(sql(_PACKAGE, "silences_end"), {"heard": []})

    def put(
        self,
        silent: Mapping[DrivenTrip, Silence],
        listed: Collection[DrivenTrip],
        *,
        heard: Iterable[DrivenTrip],
        now: datetime,
    ) -> None:
        """Store the silences, and forget those of the `heard` trips. `listed` are the trips that operators see."""
        self._database.execute(sql(_PACKAGE, "silences_end"), {"heard": [trip.trip_id for trip in heard]})
        rows = [
            {
                "trip_id": str(trip.trip_id),
                "driver_id": str(trip.driver_id),
                "silent_since": silence.since.isoformat(),
                "is_listed": trip in listed,
            }
            for trip, silence in silent.items()
        ]
        if rows:
            self._database.execute(sql(_PACKAGE, "silences_put"), {"silent": Jsonb(rows), "now": now})

    def stuck(
        self, after: UUID, limit: int, stays: Mapping[str | None, Stays], *, now: datetime, unsettled_before: datetime
    ) -> list[Row]:
        """Rows of trips for operators to look at, with `reason` and `since`, after the trip `after`.

        `stays` are the rules of each market; the rules under None are for markets that are not deployed.
        """
        listed = [
            {
                "market": market,
                "state": state,
                "listed_after_s": rules.listed_after_s,
                "quotes": rules.listed_after_quotes,
            }
            for market, of_market in stays.items()
            for state, rules in of_market.by_state.items()
        ]
        parameters = {
            "after": after,
            "limit": limit,
            "now": now,
            "stays": Jsonb(listed),
            "unsettled_before": unsettled_before,
        }
        return self._database.all(sql(_PACKAGE, "trips_stuck"), parameters)
