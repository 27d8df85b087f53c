"""Riders who book ahead: the fixture `scheduling`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from functions.trips import (
    cancel_scheduled_ride,
    edit_scheduled_ride,
    get_scheduled_ride,
    list_scheduled_rides,
    schedule_ride,
    sweep_scheduled_rides,
)
from rideflow.kernel.access import Caller
from rideflow.trips.model import Trip
from rideflow.trips.wiring import trips
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event
from tests.functions.trips.rides import Rides

PATH = "/v1/scheduled-rides"


def ahead(by: timedelta) -> str:
    return (datetime.now(UTC) + by).isoformat()


@dataclass
class Scheduling:
    """What a rider's app and the sweeper do to scheduled rides, by the handlers."""

    rides: Rides

    def book(
        self,
        in_: timedelta = timedelta(hours=2),
        *,
        quote_id: str | None = None,
        rider: Caller | None = None,
        key: str | None = None,
        pickup_at: str | None = None,
    ) -> Answer:
        rider = rider or self.rides.rider
        body = {"quote_id": quote_id or self.rides.quote(rider), "pickup_at": pickup_at or ahead(in_)}
        return self.rides.post(schedule_ride.app, PATH, body, rider, key=key or str(uuid4()))

    def booked(self, in_: timedelta = timedelta(hours=2)) -> dict[str, Any]:
        """A ride of the usual rider, who has a card."""
        self.rides.add_card()
        asked = self.book(in_)
        assert asked.status == 201, asked.body
        return dict(asked.body)

    def get(self, ride_id: str, caller: Caller | None = None) -> Answer:
        return answer(get_scheduled_ride.app, rest_event("GET", f"{PATH}/{ride_id}", caller=caller or self.rides.rider))

    def page(self, **query: str) -> Answer:
        return answer(list_scheduled_rides.app, rest_event("GET", PATH, caller=self.rides.rider, query=query or None))

    def edit(self, ride_id: str, body: Any, caller: Caller | None = None) -> Answer:
        event = rest_event("PATCH", f"{PATH}/{ride_id}", body, caller or self.rides.rider)
        return answer(edit_scheduled_ride.app, event)

    def cancel(self, ride_id: str, caller: Caller | None = None) -> Answer:
        event = rest_event("POST", f"{PATH}/{ride_id}/cancel", caller=caller or self.rides.rider)
        return answer(cancel_scheduled_ride.app, event)

    def comes_near(self, ride_id: str, to: timedelta = timedelta(minutes=5)) -> None:
        """Time passes: the pickup is no further off than that, or as long ago."""
        self.rides.cloud.rows(
            "update scheduled_rides set pickup_at = %s where id = %s", datetime.now(UTC) + to, ride_id
        )

    def sweep(self) -> None:
        sweep_scheduled_rides.app({}, LambdaContext())

    def trip_of(self, ride_id: str) -> Trip:
        return trips().get(UUID(self.get(ride_id).body["trip_id"]))
