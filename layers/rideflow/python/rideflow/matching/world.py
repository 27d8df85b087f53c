"""The input and the proposals of a matcher. Ids are opaque. Times are seconds on any one clock."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Protocol

from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, PLAIN, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.opportunity_cost import OpportunityCost


@dataclass(frozen=True, slots=True)
class OpenRequest[Trip: Hashable, Driver: Hashable]:
    """A request of a waiting rider. `excluded` drivers were asked before. Up to `offers_wanted` more may be asked now.

    `classes` are the vehicle classes that may serve it. `trip_s` is the expected duration of the trip. `queue` is the
    queue whose drivers are asked first, one at a time. `live_offers` is how many offers are not answered yet. The
    dropoff is needed only for drivers in destination mode.
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
    """A driver with room for an offer.

    If the driver is still on a trip, the place is the trip's dropoff, and `free_in_s` is the time until then.
    """

    driver_id: Driver
    lat: float
    lng: float
    vehicle_class: str
    idle_since_s: float = 0.0
    traits: Traits = PLAIN
    free_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class World[Trip: Hashable, Driver: Hashable]:
    """A zone at one moment.

    `drivers_on_trips` is how many drivers will become free sooner or later; if it is 0, no better match will come.
    `queues` are drivers in the order in which they are asked; some may be in `drivers` too. `finishing` are drivers who
    will drop off soon. `opportunity_cost` is the cost of taking drivers from their places.
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
    """A trip to be offered to a driver, with the estimates by which it was chosen.

    `free_in_s` is set if the driver takes it after the trip in hand. `pickup_eta_s` counts from now in any case.
    """

    trip_id: Trip
    driver_id: Driver
    pickup_distance_m: float
    pickup_eta_s: float
    free_in_s: float | None = None


class Policy(Protocol):
    """Decides which drivers are asked. The same world gives the same proposals."""

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]: ...
