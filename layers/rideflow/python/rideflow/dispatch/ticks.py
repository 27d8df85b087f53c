"""The zone's tick: who waits is matched with who is free, all together.

One matcher at a time works in a zone. A tick that leaves riders waiting schedules the next; however many messages come,
one chain of ticks goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from uuid import UUID

from rideflow.dispatch.afterwards import as_far_as_possible
from rideflow.dispatch.demand import DemandSnapshots
from rideflow.dispatch.messages import ExpireOffers, Tick
from rideflow.dispatch.model import OFFER_LIVES, MadeOffer, Strategy, WaitingRequest
from rideflow.dispatch.schedule import TickQueue
from rideflow.dispatch.store import PostgresOffers
from rideflow.dispatch.telling import Drivers
from rideflow.kernel.cities import Fifo, fifo_of
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger
from rideflow.kernel.queues import Queue
from rideflow.matching.forward import Forward
from rideflow.matching.opportunity_cost import OpportunityCost
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from rideflow.supply.neighbours import Neighbours
from rideflow.supply.pool import Around, Lookout, RedisPool, Turn

NEXT_TICK_IN = timedelta(seconds=1)
"""While somebody waits whom nobody was asked to drive."""

_DECISIONS = 3
"""A tick that was refused drivers decides anew at once; what then is left has the next tick."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Runs a zone's ticks."""

    offers: PostgresOffers
    pool: RedisPool
    ticks: TickQueue
    expiries: Queue
    drivers: Drivers
    neighbours: Neighbours
    demand: DemandSnapshots
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
        wanted = max(self.joint.drivers_each(len(asking)), 2 * strategy.offers_per_trip)
        lookout = Lookout(policy.search, wanted, now, timedelta(seconds=strategy.forward_s))
        # Before the lock is taken, which lives for seconds only.
        weighs = asking and policy is self.joint
        cost = self.demand.opportunity_cost(tick.zone, now) if weighs else OpportunityCost()
        turn = self.pool.begin(tick.zone, asking, lookout)
        if turn is None:
            if requests:
                self.ticks.later(tick.zone, NEXT_TICK_IN)
            return
        beside = self.neighbours.drivers(tick.zone, asking, lookout)
        seen = _Seen(tick.zone, turn, beside, *self._queues(tick.zone, asking, now))
        forward = Forward(policy, strategy.forward_s)
        world = _world(asking, seen, strategy, now, cost)
        made = self._offer(forward, world, seen, strategy, now)
        next_in = _next_tick(requests, made, self.clock())
        try:
            next_id = self.pool.end(tick.zone, turn.token, made, next_in)
        finally:  # the offers stand, whatever Redis says
            self.drivers.offered(made, now)
            if made:
                as_far_as_possible(partial(self.expiries.send, ExpireOffers(zone=tick.zone), OFFER_LIVES))
            self._reserve_over_the_border(tick.zone, made)
        if next_id is not None and next_in is not None:
            self.ticks.scheduled(tick.zone, next_id, next_in)

    def _offer(
        self, policy: Policy, world: World[UUID, UUID], seen: _Seen, strategy: Strategy, now: datetime
    ) -> list[MadeOffer]:
        """Offers, as far as PostgreSQL agrees.

        If it refuses a driver, Redis has lost what it knew of them and takes them for free. Others are asked at once:
        the next tick would choose the same driver again, and be refused again.
        """
        made: list[MadeOffer] = []
        for _ in range(_DECISIONS):
            proposals = policy.decide(world)
            if not proposals:
                break
            new = self.offers.make(seen.zone, seen.turn.token, proposals, strategy, now, found_in=seen.found_in)
            made += new
            asked = {offer.driver_id for offer in new}
            if all(proposal.driver_id in asked for proposal in proposals):
                break
            world = world.without(
                {offer.trip_id for offer in new}, {proposal.driver_id for proposal in proposals} | asked
            )
        return made

    def _queues(
        self, zone: str, asking: Sequence[WaitingRequest], now: datetime
    ) -> tuple[dict[UUID, str], dict[str, list[FreeDriver[UUID]]]]:
        """Of each trip that a queue serves, which one; and the queues' heads, in one round trip for each."""
        serving: dict[UUID, str] = {}
        waiting: dict[str, tuple[Fifo, list[WaitingRequest]]] = {}
        for request in asking:
            fifo = fifo_of(zone, request.pickup)
            if fifo is not None:
                serving[request.trip_id] = fifo.id
                waiting.setdefault(fifo.id, (fifo, []))[1].append(request)
        return serving, {fifo.id: self.pool.heads(fifo, there, now) for fifo, there in waiting.values()}

    def _reserve_over_the_border(self, zone: str, made: Sequence[MadeOffer]) -> None:
        """A zone that does not answer reserves nobody: PostgreSQL keeps its matcher from asking them too."""
        for offer in made:
            if offer.driver_zone != zone:
                as_far_as_possible(partial(self.pool.reserve, offer.driver, offer.reserved_until))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a tick found in Redis: its own zone, the zones beside, the queues that serve those who wait."""

    zone: str
    turn: Turn
    beside: Mapping[str, Around]
    serving: Mapping[UUID, str]
    queues: Mapping[str, Sequence[FreeDriver[UUID]]]

    @property
    def drivers(self) -> list[FreeDriver[UUID]]:
        return _each_once(self.turn.around.free, (around.free for around in self.beside.values()))

    @property
    def finishing(self) -> list[FreeDriver[UUID]]:
        return _each_once(self.turn.around.finishing, (around.finishing for around in self.beside.values()))

    @property
    def found_in(self) -> dict[UUID, str]:
        """The zone of each driver who is not here."""
        found: dict[UUID, str] = {}
        for zone, around in (*self.beside.items(), (self.zone, self.turn.around)) if self.beside else ():
            found.update((driver.driver_id, zone) for driver in (*around.free, *around.finishing))
        return found


def _each_once(here: list[FreeDriver[UUID]], beside: Iterable[Sequence[FreeDriver[UUID]]]) -> list[FreeDriver[UUID]]:
    """A driver who just crossed may be found on both sides, and counts as here if that is one of them."""
    found = {driver.driver_id: driver for driver in here}
    for driver in chain.from_iterable(beside):
        found.setdefault(driver.driver_id, driver)
    return list(found.values())


def _world(
    asking: Sequence[WaitingRequest], seen: _Seen, strategy: Strategy, now: datetime, cost: OpportunityCost
) -> World[UUID, UUID]:
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
            seen.serving.get(request.trip_id),
            request.live_offers,
            request.requirements,
            None if request.dropoff is None else (request.dropoff.lat, request.dropoff.lng),
        )
        for request in asking
    ]
    on_trips = seen.turn.drivers_on_trips
    return World(now.timestamp(), requests, seen.drivers, on_trips, seen.queues, seen.finishing, cost)


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
