"""A rider of a scene: some change their mind while they wait, some do not come, and not everybody rates."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx

from simulation.api import ApiProblemError
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import FINAL_STATES, Ride, Rider
from simulation.scenes.plan import Wish

_GIVES_UP_WAITING_S = 240.0
"""Wall seconds. By then the wish to cancel after the assignment is void, since nobody was assigned."""


class Passenger(Rider):
    """One rider with one wish."""

    def __init__(  # noqa: PLR0917 - a rider's parts, and the wish
        self,
        account: Account,
        ride: Ride,
        wish: Wish,
        pace: Pace,
        latencies: Latencies,
        stripe: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(account, ride, latencies, lambda _: self._look(), stripe)
        self._product = wish.product
        self._wish, self._pace = wish, pace
        self._assigned = asyncio.Event()

    async def ride(self, websocket_url: str, rides: dict[str, Ride]) -> None:
        changing = asyncio.create_task(self._change_mind())
        try:
            await super().ride(websocket_url, rides)
        finally:
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)

    async def give_up(self) -> None:
        """Cancel the trip if it has not begun, and see that it is cancelled: the app may have been closed."""
        if self._ride.trip_id and self._ride.state not in FINAL_STATES:
            with suppress(ApiProblemError):
                await self._account.api.post(f"/v1/trips/{self._ride.trip_id}/cancel")
                await self._ask()

    async def _request(self, rides: dict[str, Ride]) -> None:
        if self._ride.trip_id:  # the app was closed and opened again
            return
        self._ride.requested_s = self._ride.requested_s or self._pace.now()
        await super()._request(rides)
        self._look()

    async def _rate(self) -> None:
        if self._wish.stars is not None:
            stars = {"stars": self._wish.stars}
            await self._account.api.post(f"/v1/trips/{self._ride.trip_id}/ratings", stars)

    def _look(self) -> None:
        is_there = self._ride.assigned_seen if self._wish.changes_mind == "assigned" else bool(self._ride.trip_id)
        if is_there:
            self._assigned.set()

    async def _change_mind(self) -> None:
        if self._wish.changes_mind is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_GIVES_UP_WAITING_S):
                await self._assigned.wait()
            await asyncio.sleep(self._wish.after_s)
            await self.give_up()
