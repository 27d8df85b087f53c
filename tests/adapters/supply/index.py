"""The driver index as one thing: every adapter of it, on one client."""

from redis.cluster import RedisCluster

from rideflow.markets.model import Markets
from rideflow.supply.index.availability import AvailabilityIndex
from rideflow.supply.index.leases import LeaseIndex
from rideflow.supply.index.positions import PositionIndex
from rideflow.supply.index.queues import QueueIndex
from rideflow.supply.index.reservations import ReservationIndex
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.index.trails import TrailIndex
from rideflow.supply.index.trips import TripIndex

MAX_SPEED_MPS = 60.0


class DriverIndex:
    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self.positions = PositionIndex(redis, MAX_SPEED_MPS, markets)
        self.availability = AvailabilityIndex(redis, markets)
        self.trips = TripIndex(redis, markets)
        self.search = SearchIndex(redis, markets)
        self.queues = QueueIndex(redis, markets)
        self.reservations = ReservationIndex(redis, markets)
        self.leases = LeaseIndex(redis, markets)
        self.silence = SilenceIndex(redis)
        self.trails = TrailIndex(redis)
