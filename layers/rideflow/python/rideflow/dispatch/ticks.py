"""The zone's tick: waiting riders are matched with free drivers, all together.

One matcher at a time works in a zone. A tick that leaves riders waiting schedules the next one. However many messages
come, there is one chain of ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from uuid import UUID

from rideflow.dispatch.best_effort import best_effort
from rideflow.dispatch.demand import DemandSnapshots
from rideflow.dispatch.messages import ExpireOffers, Tick
from rideflow.dispatch.model import MadeOffer, Strategy, WaitingRequest
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.ports import DriverReservations
from rideflow.dispatch.schedule import TickQueue
from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger
from rideflow.kernel.queues import Queue
from rideflow.markets.model import Market, Markets
from rideflow.markets.zones import Fifo, Zone
from rideflow.matching.forward import Forward
from rideflow.matching.opportunity_cost import OpportunityCost
from rideflow.matching.policies import Broadcast, JointAssignment
from rideflow.matching.search import SearchRadius
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, World
from rideflow.supply.index.leases import LeaseIndex, ZoneLease
from rideflow.supply.model import AvailableDriver, AvailableDrivers, DriverQuery, WaitingRide
from rideflow.supply.neighbours import Neighbours
from rideflow.supply.queues import Queues

NEXT_TICK_IN = timedelta(seconds=1)
"""The pause before the next tick while a rider waits without a live offer."""

_DECISIONS = 3
"""The most decisions of one tick: if PostgreSQL refuses drivers, it decides again at once. The rest waits a tick."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Runs a zone's ticks."""

    offers: PostgresOffers
    leases: LeaseIndex
    neighbours: Neighbours
    queues: Queues
    reservations: DriverReservations
    ticks: TickQueue
    expiries: Queue
    notifier: DriverNotifier
    demand: DemandSnapshots
    markets: Markets
    clock: Clock
    joint_of: Callable[[Market], JointAssignment] = JointAssignment.of

    def run(self, tick: Tick) -> None:
        """Run one tick. If a store does not answer, it is tried again within seconds, not by the queue's long retry.

        Drivers are notified last, so that a phone that takes no frame does not delay the zone's next tick. In a zone
        that is no longer deployed nobody is matched: riders who wait there are told when their patience ends.
        """
        zone = self.markets.find_zone(tick.zone)
        if zone is None:
            count("TickOfWithdrawnZone")
            return
        now, made = self.clock(), list[MadeOffer]()
        try:
            self._run(tick, zone, now, made)
        except UnavailableError:
            logger.warning("tick: a store does not answer", extra={"zone": tick.zone})
            count("TickRepeated")
            self.ticks.again(tick)
        finally:  # the offers are committed, even if Redis failed
            self.notifier.offered(made, now)

    def _run(self, tick: Tick, zone: Zone, now: datetime, made: list[MadeOffer]) -> None:
        """Run the tick. Offers are added to `made` as they are committed."""
        if not self.leases.claim(tick.zone, tick.schedule_id):
            return
        strategy, requests = self.offers.waiting(zone.id, now)
        asking = [request for request in requests if request.live_offers < strategy.offers_per_trip]
        joint = self.joint_of(zone.market)
        policy = Broadcast.of(zone.market) if strategy.name == "broadcast" else joint
        wanted = max(joint.drivers_each(len(asking)), 2 * strategy.offers_per_trip)
        rides = {request.trip_id: _ride(request, zone.market, policy.search, now) for request in asking}
        query = DriverQuery(list(rides.values()), wanted, now, timedelta(seconds=strategy.forward_s))
        # This is counted before the lease is taken, because a lease lives only for seconds.
        weighs = asking and policy is joint
        cost = self.demand.opportunity_cost(zone, now) if weighs else OpportunityCost()
        lease = self.leases.begin(zone.id, query)
        if lease is None:
            if requests:
                self.ticks.later(zone.id, NEXT_TICK_IN)
            return
        beside = self.neighbours.around(zone, query)
        found = _Found(zone, lease, beside, *self._in_line(zone, rides, now))
        forward = Forward.of(zone.market, policy, strategy.forward_s)
        world = _world(asking, found, strategy, now, cost)
        try:
            for new in self._offer(forward, world, found, strategy, now):
                made += new
            next_in = _next_tick(requests, made, self.clock())
            next_id = self.leases.end(zone.id, lease.token, _reserved_in(zone.id, made), next_in)
        finally:
            self._follow(zone, made)
        if next_id is not None and next_in is not None:
            self.ticks.scheduled(zone.id, next_id, next_in)

    def _offer(
        self, policy: Policy, world: World[UUID, UUID], found: _Found, strategy: Strategy, now: datetime
    ) -> Iterator[list[MadeOffer]]:
        """Make the offers that PostgreSQL accepts. Yields the offers of each decision after their commit.

        If PostgreSQL refuses a driver, Redis has lost data and still takes the driver for free. Then other drivers are
        asked at once, because the next tick would choose the same driver again and be refused again.
        """
        lives = found.zone.market.matching.offer_lives
        for _ in range(_DECISIONS):
            proposals = policy.decide(world)
            if not proposals:
                break
            new = self.offers.make(
                found.zone.id, found.lease.token, proposals, strategy, now, lives=lives, found_in=found.found_in
            )
            yield new
            asked = {offer.driver_id for offer in new}
            if all(proposal.driver_id in asked for proposal in proposals):
                break
            world = world.without(
                {offer.trip_id for offer in new}, {proposal.driver_id for proposal in proposals} | asked
            )

    def _follow(self, zone: Zone, made: Sequence[MadeOffer]) -> None:
        """After the commit, schedule the end of the offers, and reserve their drivers in other zones.

        If such a zone does not answer, nobody is reserved there, but PostgreSQL refuses its matcher's offers to them.
        """
        if made:
            lives = zone.market.matching.offer_lives
            best_effort(partial(self.expiries.send, ExpireOffers(zone=zone.id), lives))
        for offer in made:
            if offer.driver_zone != zone.id and offer.reserved_until is not None:
                best_effort(partial(self.reservations.reserve, offer.driver, offer.reserved_until))

    def _in_line(
        self, zone: Zone, rides: Mapping[UUID, WaitingRide], now: datetime
    ) -> tuple[dict[UUID, str], dict[str, list[AvailableDriver]]]:
        """The queue of each trip that a queue serves, and the first drivers of each queue.

        One round trip for each queue.
        """
        serving: dict[UUID, str] = {}
        waiting: dict[str, tuple[Fifo, list[WaitingRide]]] = {}
        for trip_id, ride in rides.items():
            fifo = zone.fifo_of(ride.pickup)
            if fifo is not None:
                serving[trip_id] = fifo.id
                waiting.setdefault(fifo.id, (fifo, []))[1].append(ride)
        return serving, {fifo.id: self.queues.first_in_line(fifo, there, now) for fifo, there in waiting.values()}


@dataclass(frozen=True, slots=True)
class _Found:
    """The drivers that a tick found: in its own zone, in neighbouring zones, and in queues that serve waiting riders.

    `serving` is the queue of each trip that has one.
    """

    zone: Zone
    lease: ZoneLease
    beside: Mapping[str, AvailableDrivers]
    serving: Mapping[UUID, str]
    in_line: Mapping[str, Sequence[AvailableDriver]]

    @property
    def drivers(self) -> list[FreeDriver[UUID]]:
        return _each_once(self.lease.around.free, (around.free for around in self.beside.values()))

    @property
    def finishing(self) -> list[FreeDriver[UUID]]:
        return _each_once(self.lease.around.finishing, (around.finishing for around in self.beside.values()))

    @property
    def queues(self) -> dict[str, list[FreeDriver[UUID]]]:
        return {queue: [FreeDriver(*driver) for driver in drivers] for queue, drivers in self.in_line.items()}

    @property
    def found_in(self) -> dict[UUID, str]:
        """The zone in which each driver was found; empty if no other zone was searched."""
        found: dict[UUID, str] = {}
        for zone, around in (*self.beside.items(), (self.zone.id, self.lease.around)) if self.beside else ():
            found.update((driver.driver_id, zone) for driver in (*around.free, *around.finishing))
        return found


def _each_once(here: Sequence[AvailableDriver], beside: Iterable[Sequence[AvailableDriver]]) -> list[FreeDriver[UUID]]:
    """The drivers of all zones, each once. A driver who has just crossed a border may be found on both sides.

    The tick's own zone counts first.
    """
    found = {driver.driver_id: driver for driver in here}
    for driver in chain.from_iterable(beside):
        found.setdefault(driver.driver_id, driver)
    return [FreeDriver(*driver) for driver in found.values()]


def _ride(request: WaitingRequest, market: Market, search: SearchRadius, now: datetime) -> WaitingRide:
    radius_m = search.at((now - request.opened_at).total_seconds())
    classes = market.serving(request.product)
    return WaitingRide(request.pickup, radius_m, classes, request.requirements, len(request.asked))


def _reserved_in(zone: str, made: Sequence[MadeOffer]) -> dict[UUID, datetime]:
    """The drivers of the zone whose last free slot an offer took, each with the end of the reservation."""
    return {
        offer.driver_id: offer.reserved_until
        for offer in made
        if offer.reserved_until is not None and offer.driver_zone == zone
    }


def _world(
    asking: Sequence[WaitingRequest], found: _Found, strategy: Strategy, now: datetime, cost: OpportunityCost
) -> World[UUID, UUID]:
    """The policy's input. Riders are excluded as drivers of their own trips."""
    requests = [
        OpenRequest(
            request.trip_id,
            request.pickup.lat,
            request.pickup.lng,
            found.zone.market.serving(request.product),
            request.opened_at.timestamp(),
            request.asked | {request.rider_id},
            strategy.offers_per_trip - request.live_offers,
            request.quoted_duration.total_seconds(),
            found.serving.get(request.trip_id),
            request.live_offers,
            request.requirements,
            None if request.dropoff is None else (request.dropoff.lat, request.dropoff.lng),
        )
        for request in asking
    ]
    on_trips = found.lease.drivers_on_trips
    return World(now.timestamp(), requests, found.drivers, on_trips, found.queues, found.finishing, cost)


def _next_tick(requests: Sequence[WaitingRequest], made: Sequence[MadeOffer], now: datetime) -> timedelta | None:
    """The pause before the next tick: short while a rider has no live offer, else until the first offer has ended.

    None if no rider waits. An answer or a new request asks for a tick at once.
    """
    if not requests:
        return None
    answering = {offer.trip_id for offer in made} | {request.trip_id for request in requests if request.live_offers}
    if any(request.trip_id not in answering for request in requests):
        return NEXT_TICK_IN
    ends = [offer.expires_at for offer in made]
    ends += [request.next_end for request in requests if request.next_end is not None]
    return max(min(ends) - now, timedelta(0)) + NEXT_TICK_IN
