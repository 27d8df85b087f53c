"""The zone's tick: who waits is matched with who is free, all together.

One matcher at a time works in a zone. A tick that leaves riders waiting schedules the next; however many messages come,
one chain of ticks goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from rideflow.dispatch.matching.policies import Broadcast, JointAssignment
from rideflow.dispatch.matching.world import OpenRequest, World
from rideflow.dispatch.messages import ExpireOffers, Tick
from rideflow.dispatch.model import OFFER_LIVES, MadeOffer, Strategy, WaitingRequest
from rideflow.dispatch.pool import RedisPool, Turn
from rideflow.dispatch.schedule import TickQueue
from rideflow.dispatch.store import PostgresOffers
from rideflow.dispatch.telling import Drivers
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger
from rideflow.kernel.queues import Queue

NEXT_TICK_IN = timedelta(seconds=1)
"""While somebody waits whom nobody was asked to drive."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Runs a zone's ticks."""

    offers: PostgresOffers
    pool: RedisPool
    ticks: TickQueue
    expiries: Queue
    drivers: Drivers
    clock: Clock
    joint: JointAssignment = field(default_factory=JointAssignment)
    broadcast: Broadcast = field(default_factory=Broadcast)

    def run(self, tick: Tick) -> None:
        """One tick. A store that does not answer costs seconds, not the queue's long retry."""
        try:
            self._run(tick)
        except UnavailableError:
            logger.warning("tick: a store does not answer", extra={"zone": tick.zone})
            count("TickRepeated")
            self.ticks.again(tick)

    def _run(self, tick: Tick) -> None:
        if not self.pool.claim(tick.zone, tick.schedule_id):
            return
        now = self.clock()
        strategy, requests = self.offers.waiting(tick.zone, now)
        asking = [request for request in requests if request.live_offers < strategy.offers_per_trip]
        policy = self.broadcast if strategy.name == "broadcast" else self.joint
        wanted = max(self.joint.candidates, 2 * strategy.offers_per_trip)
        turn = self.pool.begin(tick.zone, asking, search=policy.search, wanted=wanted, now=now)
        if turn is None:
            if requests:
                self.ticks.later(tick.zone, NEXT_TICK_IN)
            return
        proposals = policy.decide(_world(asking, turn, strategy, now))
        made = self.offers.make(tick.zone, turn.token, proposals, strategy, now) if proposals else []
        next_in = _next_tick(requests, made, self.clock())
        try:
            next_id = self.pool.end(tick.zone, turn.token, made, next_in)
        finally:  # the offers stand, whatever Redis says
            self.drivers.offered(made, now)
            if made:
                self.expiries.send(ExpireOffers(zone=tick.zone), OFFER_LIVES)
        if next_id is not None and next_in is not None:
            self.ticks.scheduled(tick.zone, next_id, next_in)


def _world(asking: Sequence[WaitingRequest], turn: Turn, strategy: Strategy, now: datetime) -> World[UUID, UUID]:
    """What the policy sees; a driver never drives themselves."""
    requests = [
        OpenRequest(
            request.trip_id,
            request.pickup.lat,
            request.pickup.lng,
            request.vehicle_class,
            request.opened_at.timestamp(),
            request.asked | {request.rider_id},
            strategy.offers_per_trip - request.live_offers,
            request.quoted_duration.total_seconds(),
        )
        for request in asking
    ]
    return World(now.timestamp(), requests, turn.drivers, turn.drivers_on_trips)


def _next_tick(requests: Sequence[WaitingRequest], made: Sequence[MadeOffer], now: datetime) -> timedelta | None:
    """When somebody must look again: soon while a rider has nobody to answer, else after the first offer has ended.

    None when nobody waits. An answer or a new request asks for its tick at once.
    """
    if not requests:
        return None
    answering = {offer.trip_id for offer in made} | {request.trip_id for request in requests if request.live_offers}
    if any(request.trip_id not in answering for request in requests):
        return NEXT_TICK_IN
    ends = [offer.expires_at for offer in made]
    ends += [request.next_end for request in requests if request.next_end is not None]
    return max(min(ends) - now, timedelta(0)) + NEXT_TICK_IN
