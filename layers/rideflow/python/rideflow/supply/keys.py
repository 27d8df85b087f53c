"""Every key of the driver index in Redis, in one place.

Keys carry the zone as their hash tag (`{sf-bay}:seen`), so that all keys of a script are on one node of the cluster,
and a failed node affects only its own zones. Ids are those of drivers and trips; times are Unix milliseconds. The index
is not the source of truth: PostgreSQL and the drivers' next positions rebuild all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.zones import Zone


@dataclass(frozen=True, slots=True)
class ZoneKeys:
    """The keys of one zone. The functions below list the keys of all vehicle classes of a `Zone`."""

    zone: str

    def driver(self, driver_id: UUID | str) -> str:
        """Hash: last position (`lat`, `lng`, `recorded_at`, `heading`, `accuracy`), `class`, `version`, trip in hand.

        `heard` is when the phone last sent anything. `record_positions.lua` keeps its state in `agreed`, `doubted` and
        `clock`. `before` is `<trip id> <from> <until>` of the last trip until its path is measured. `in_queue` is
        `held` if a queue lets the driver take no other trips, `shared` in other queues, and otherwise empty.
        """
        return self._key(f"driver:{driver_id}")

    def path(self, driver_id: UUID | str) -> str:
        """List of `<trip id> <time> <lat> <lng> <accuracy (m) or ->`, oldest first: the driver's path on trips."""
        return self._key(f"path:{driver_id}")

    @property
    def seen(self) -> str:
        """Sorted set: driver → time of the last position."""
        return self._key("seen")

    def free(self, vehicle_class: str) -> str:
        """Geo index of the drivers that can be offered a trip."""
        return self._key(f"free:{vehicle_class}")

    def finishing(self, vehicle_class: str) -> str:
        """Geo index of the dropoffs of the drivers who will be there soon and can be offered their next trip."""
        return self._key(f"finishing:{vehicle_class}")

    @property
    def drop_off_at(self) -> str:
        """Sorted set: driver on a trip → when they will drop off."""
        return self._key("drop-off-at")

    @property
    def traits(self) -> str:
        """Hash: driver → traits for matching (`kernel.ride_requirements.Traits.entry`)."""
        return self._key("traits")

    @property
    def accessible(self) -> str:
        """Set of the drivers whose vehicle takes a wheelchair."""
        return self._key("accessible")

    @property
    def upgrades(self) -> str:
        """Set of the drivers who take upgrades."""
        return self._key("upgrades")

    @property
    def heading(self) -> str:
        """Set of the drivers with a destination, also if its time has passed."""
        return self._key("heading")

    @property
    def idle(self) -> str:
        """Sorted set: driver without a trip → since when."""
        return self._key("idle")

    @property
    def reserved(self) -> str:
        """Sorted set: driver whose live offers leave no room for another → until when."""
        return self._key("reserved")

    def queue(self, fifo_id: str, vehicle_class: str) -> str:
        """Sorted set: driver of the class → when they came to the queue's waiting area."""
        return self._key(f"queue:{fifo_id}:{vehicle_class}")

    @property
    def queued(self) -> str:
        """Geo index of the drivers in any queue."""
        return self._key("queued")

    @property
    def tick_due(self) -> str:
        """`<now|later>:<id>` of the one tick that is scheduled; any other message is a duplicate."""
        return self._key("tick-due")

    @property
    def tick_lock(self) -> str:
        """Held by the matcher at work; its value is the fencing token."""
        return self._key("tick-lock")

    @property
    def tick_fence(self) -> str:
        """The newest fencing token: a matcher with an older one writes nothing."""
        return self._key("tick-fence")

    def _key(self, name: str) -> str:
        return f"{{{self.zone}}}:{name}"


def classes_told(zone: Zone) -> tuple[int | str, ...]:
    """The vehicle classes of the zone's market, as arguments of scripts: how many, then each."""
    classes = zone.market.vehicle_classes
    return (len(classes), *classes)


def free_of_every_class(zone: Zone) -> list[str]:
    """The geo indexes of free drivers, in the order of the market's vehicle classes."""
    keys = ZoneKeys(zone.id)
    return [keys.free(vehicle_class) for vehicle_class in zone.market.vehicle_classes]


def askable(zone: Zone) -> tuple[str, ...]:
    """The keys of drivers who can be offered a trip: free drivers by class, dropoffs by class, and drop-off times."""
    return _askable(zone.id, zone.market.vehicle_classes)


def queues(zone: Zone, fifo_ids: Sequence[str]) -> list[str]:
    """The keys of each queue for every vehicle class, in the order of the market's classes."""
    keys = ZoneKeys(zone.id)
    return [keys.queue(fifo_id, of_class) for fifo_id in fifo_ids for of_class in zone.market.vehicle_classes]


def driver_sets(zone: Zone) -> list[str]:
    """The keys of `askable`, then the keys of the zone's queues, if it has any."""
    fifos = zone.fifos
    if not fifos:
        return [*askable(zone)]
    return [*askable(zone), *_queues(zone.id, zone.market.vehicle_classes, tuple([fifo.id for fifo in fifos]))]


@cache
def _askable(zone_id: str, classes: tuple[VehicleClass, ...]) -> tuple[str, ...]:
    """Cached for each zone, because every position and every accept uses them."""
    keys = ZoneKeys(zone_id)
    return (*(keys.free(each) for each in classes), *(keys.finishing(each) for each in classes), keys.drop_off_at)


@cache
def _queues(zone_id: str, classes: tuple[VehicleClass, ...], fifo_ids: tuple[str, ...]) -> tuple[str, ...]:
    """The places of queued drivers, then the queues. Cached, because every position uses them."""
    keys = ZoneKeys(zone_id)
    return (keys.queued, *(keys.queue(fifo_id, of_class) for fifo_id in fifo_ids for of_class in classes))
