"""What a matcher sees and what it proposes. Ids are opaque; times are seconds on any one clock."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Protocol

from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, PLAIN, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.opportunity_cost import OpportunityCost


@dataclass(frozen=True, slots=True)
class OpenRequest[Trip: Hashable, Driver: Hashable]:
    """A request of a waiting rider. `excluded` drivers were asked before; `offers_wanted` more may be asked now.

    `classes` are the vehicle classes that may serve it. `trip_s` is how long the trip is expected to take its driver.
    `queue` is the one whose drivers are asked first, one at a time; `live_offers` are not answered yet. The dropoff is
    needed for drivers in destination mode only.
    """

    trip_id: Trip
    lat: float
    lng: float
    classes: ServingClasses
    opened_at_s: float
    excluded: frozenset[Driver] = frozenset()
    offers_wanted: int = 1
    trip_s: float = 0.0
    queue: str | None = None
    live_offers: int = 0
    requirements: RideRequirements = NO_REQUIREMENTS
    dropoff: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FreeDriver[Driver: Hashable]:
    """A driver with room for an offer. One who is on a trip still is where it ends, in `free_in_s`."""

    driver_id: Driver
    lat: float
    lng: float
    vehicle_class: str
    idle_since_s: float = 0.0
    traits: Traits = PLAIN
    free_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class World[Trip: Hashable, Driver: Hashable]:
    """A zone at one moment. `drivers_on_trips` become free sooner or later: with none, nobody better will come.

    `queues` are drivers in the order in which they are to be asked; some may be among `drivers` too. `finishing` are
    drivers who will drop off soon. `opportunity_cost` is that of the places where drivers stand.
    """

    now_s: float
    requests: Sequence[OpenRequest[Trip, Driver]]
    drivers: Sequence[FreeDriver[Driver]]
    drivers_on_trips: int = 0
    queues: Mapping[str, Sequence[FreeDriver[Driver]]] = field(default_factory=dict)
    finishing: Sequence[FreeDriver[Driver]] = ()
    opportunity_cost: OpportunityCost = field(default_factory=OpportunityCost)

    def without(self, trips: Set[Trip], taken: Set[Driver]) -> World[Trip, Driver]:
        """The same world without these trips, which have their drivers, and without these drivers."""

        def left(of: Sequence[FreeDriver[Driver]]) -> list[FreeDriver[Driver]]:
            return [driver for driver in of if driver.driver_id not in taken]

        return replace(
            self,
            requests=[request for request in self.requests if request.trip_id not in trips],
            drivers=left(self.drivers),
            queues={queue: left(drivers) for queue, drivers in self.queues.items()},
            finishing=left(self.finishing),
        )


@dataclass(frozen=True, slots=True)
class Proposal[Trip: Hashable, Driver: Hashable]:
    """Ask this driver to take this trip. The estimates are those it was chosen by.

    `free_in_s` is set of a driver who is to take it after the trip in hand; the pickup's seconds count from now.
    """

    trip_id: Trip
    driver_id: Driver
    pickup_distance_m: float
    pickup_eta_s: float
    free_in_s: float | None = None


class Policy(Protocol):
    """Decides who is asked. The same world gives the same proposals."""

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]: ...
